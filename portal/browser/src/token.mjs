/* Credentials that are signed as a whole, as a token (JWT), by `jose`. */
import {calculateJwkThumbprint, compactVerify, decodeJwt, decodeProtectedHeader, importJWK} from 'jose';
import {isObject, issuerOf, listed} from './closed_form.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';
import {say} from './words.mjs';

const ALGORITHMS = {RS256: 'RSA', ES256: 'EC', ES384: 'EC', EdDSA: 'OKP', Ed25519: 'OKP'};
const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/** The credential in a token, and its claims apart from it; nothing verified. Throws Refuted. */
export function credentialIn(token) {
  let payload;
  try {
    payload = decodeJwt(token);
  } catch {
    throw new Refuted(say('This token cannot be read.'));
  }
  const credential = {...(isObject(payload.vc) ? payload.vc : payload)};
  const claims = {};
  for (const name of CLAIMS) {
    if (payload[name] !== undefined) claims[name] = payload[name];
    delete credential[name];
  }
  return {credential, claims};
}

/** The signature is right and by a key of the issuer, and the claims say what the credential says: the key's id. */
export async function verifyToken(token, credential, claims, reach) {
  const header = decodeProtectedHeader(token);
  if (!Object.hasOwn(ALGORITHMS, header.alg)) {
    throw new Unchecked(say('It is signed in a way that is not checked in the browser ({algorithm}).', {algorithm: header.alg}));
  }
  requireAgreement(credential, claims);
  const document = await reach.controller(issuerOf(credential));
  const method = await published(document, header);
  if (method === undefined) throw new Refuted(say('It is signed with a key that its issuer does not publish.'));
  try {
    await compactVerify(token, await importJWK(method.publicKeyJwk, header.alg), {algorithms: [header.alg]});
  } catch {
    throw new Refuted(say('The signature does not fit what the credential says.'));
  }
  return [method.id];
}

/** The issuer's own published key for signing that the header means; a key in the header counts only if it is one. */
async function published(document, header) {
  const asserting = listed(document.assertionMethod);
  const allowed = new Set(asserting.filter(one => typeof one === 'string'));
  const methods = [...listed(document.verificationMethod).filter(one => allowed.has(one?.id)), ...asserting]
    .filter(one => isObject(one?.publicKeyJwk) && one.publicKeyJwk.kty === ALGORITHMS[header.alg]);
  if (header.kid !== undefined) {
    return methods.find(({id, publicKeyJwk}) => [id, id.split('#')[1], publicKeyJwk.kid].includes(header.kid));
  }
  if (!isObject(header.jwk)) return undefined;
  const wanted = await calculateJwkThumbprint(header.jwk);
  for (const method of methods) {
    if (await calculateJwkThumbprint(method.publicKeyJwk) === wanted) return method;
  }
  return undefined;
}

function requireAgreement(credential, claims) {
  const said = {
    iss: issuerOf(credential),
    jti: credential.id,
    sub: credential.credentialSubject?.id,
    nbf: seconds(credential.validFrom),
    exp: seconds(credential.validUntil)
  };
  for (const [name, value] of Object.entries(said)) {
    if (claims[name] !== undefined && claims[name] !== value) {
      throw new Refuted(say('The token’s claim “{name}” and the credential in it say different things.', {name}));
    }
  }
}

function seconds(instant) {
  return instant === undefined ? undefined : Math.floor(Date.parse(instant) / 1000);
}
