/*
 * A wallet that is asked for a credential: the protocol by `@openid4vc/openid4vp`, the query by `dcql`, presentations by
 * Digital Bazaar, `jose` and `@sd-jwt/core`. `server` is where the verifier's name leads to, on this machine.
 */
import {createHash, randomBytes} from 'node:crypto';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createPresentation, signPresentation} from '@digitalbazaar/vc';
import {Openid4vpClient} from '@openid4vc/openid4vp';
import {DcqlQuery} from 'dcql';
import {CompactEncrypt, SignJWT, importJWK, jwtVerify} from 'jose';
import {fetch} from 'undici'; // not the global one, which other peers are kept from
import {documentLoader} from './documents.mjs';
import {presentSdJwt} from './envelopes.mjs';

function reaching(server, seen) {
  return async (url, init) => {
    const found = new URL(url);
    seen.push(`${(init?.method ?? 'GET').toUpperCase()} ${found.pathname.split('/').slice(0, 3).join('/')}`);
    return fetch(`${server}${found.pathname}${found.search}`, init);
  };
}

/** The verifier's key, looked up by its DID (did:web) as any wallet would. */
async function keyOf(kid, get) {
  const [did] = kid.split('#');
  const [host, ...path] = did.split(':').slice(2).map(decodeURIComponent);
  const place = path.length ? `${path.join('/')}/did.json` : '.well-known/did.json';
  const document = await (await get(`https://${host}/${place}`)).json();
  return document.verificationMethod.find(method => method.id === kid).publicKeyJwk;
}

function callbacks(get) {
  return {
    fetch: get,
    hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    generateRandom: bytes => randomBytes(bytes),
    clientAuthentication: () => {},
    signJwt: () => { throw new Error('nothing is signed so'); },
    decryptJwe: () => { throw new Error('nothing is decrypted'); },
    async verifyJwt(signer, {compact, header}) {
      const publicJwk = await keyOf(signer.didUrl, get);
      await jwtVerify(compact, await importJWK(publicJwk, header.alg), {typ: 'oauth-authz-req+jwt'});
      return {verified: true, signerJwk: publicJwk};
    },
    async encryptJwe({publicJwk, alg, enc, apu, apv}, plaintext) {
      const made = new CompactEncrypt(new TextEncoder().encode(plaintext))
        .setProtectedHeader({alg, enc, kid: publicJwk.kid})
        .setKeyManagementParameters({
          ...(apu && {apu: Buffer.from(apu, 'base64url')}), ...(apv && {apv: Buffer.from(apv, 'base64url')})
        });
      return {jwe: await made.encrypt(await importJWK(publicJwk, alg)), encryptionJwk: publicJwk};
    }
  };
}

function asDcql({format, credential, claims}) {
  if(format === 'dc+sd-jwt') {
    return {credential_format: format, vct: claims.vct, claims, cryptographic_holder_binding: true};
  }
  return {
    credential_format: format, claims, type: claims.type, cryptographic_holder_binding: true
  };
}

const PRESENT = {
  async ldp_vc({credential, key, nonce, audience, documents}) {
    const signer = (await Ed25519Multikey.from(key)).signer();
    const presentation = createPresentation({verifiableCredential: [JSON.parse(credential)], holder: key.controller});
    return signPresentation({
      presentation, suite: new DataIntegrityProof({cryptosuite, signer}), challenge: nonce, domain: audience,
      documentLoader: documentLoader(documents)
    });
  },
  async jwt_vc_json({credential, key, nonce, audience}) {
    const vp = {
      '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiablePresentation'],
      verifiableCredential: [credential]
    };
    return new SignJWT({nonce, vp}).setProtectedHeader({alg: 'ES256', kid: `${key.did}#0`, typ: 'JWT'})
      .setIssuer(key.did).setAudience(audience).setIssuedAt().setExpirationTime('5m')
      .sign(await importJWK(key.jwk, 'ES256'));
  },
  async 'dc+sd-jwt'({credential, key, nonce, audience}) {
    const question = {iat: Math.floor(Date.now() / 1000), aud: audience, nonce};
    return presentSdJwt({token: credential, frame: key.frame, question, alg: 'ES256', holderPrivateKey: key.jwk});
  }
};

/** `instead` replaces what the wallet was told: nonce, audience, state, queryId, or error (it declines). */
export async function answerRequest({link, server, format, credential, claims, key, instead = {}, documents}) {
  const seen = [];
  const get = reaching(server, seen);
  const client = new Openid4vpClient({callbacks: callbacks(get)});
  const parsed = client.parseOpenid4vpAuthorizationRequest({authorizationRequest: link});
  const nonce = randomBytes(16).toString('base64url');
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params,
    wallet: {nonce, metadata: {vp_formats_supported: {}, client_id_prefixes_supported: ['decentralized_identifier']}}
  });
  const request = resolved.authorizationRequestPayload;
  const query = DcqlQuery.parse(request.dcql_query);
  DcqlQuery.validate(query);
  const matched = DcqlQuery.query(query, [asDcql({format, credential, claims})]);
  const id = instead.queryId ??
    Object.entries(matched.credential_matches).find(([, match]) => match.success)?.[0];
  const told = {
    seen, matched: matched.can_be_satisfied, mode: request.response_mode, clientId: resolved.client.effective,
    walletNonce: request.wallet_nonce === nonce
  };
  if(!id) {
    return {...told, status: 0};
  }
  const presentation = instead.error ? undefined : await PRESENT[format]({
    credential, key, documents, nonce: instead.nonce ?? request.nonce, audience: instead.audience ?? request.client_id
  });
  const payload = instead.error ? {error: instead.error} : {vp_token: {[id]: [presentation]}};
  const authorizationRequestPayload = {...request, ...(instead.state && {state: instead.state})};
  const response = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload, clientMetadata: request.client_metadata, authorizationResponsePayload: payload,
    ...(request.response_mode === 'direct_post.jwt' && {jarm: {
      encryption: {nonce: randomBytes(16).toString('base64url')},
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM']
      }
    }})
  });
  const sent = async () => {
    const {response: answered} = await client.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload, authorizationResponsePayload: response.authorizationResponsePayload,
      ...(response.jarm && {jarm: response.jarm})
    });
    return {status: answered.status, body: await answered.json()};
  };
  const first = await sent();
  return {...told, ...first, again: instead.twice ? await sent() : null};
}
