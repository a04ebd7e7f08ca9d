/* Credentials as compact JWTs, by `jose`. The key is always taken from the issuer's own DID document. */
import {SignJWT, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify} from 'jose';

function publicJwk(didDocument, kid) {
  const method = didDocument.verificationMethod.find(({id}) => id === kid);
  if(!method?.publicKeyJwk) {
    throw new Error(`The DID document has no JWK under ${kid}.`);
  }
  if(!didDocument.assertionMethod.includes(kid)) {
    throw new Error(`${kid} may not be used for assertions.`);
  }
  return method.publicKeyJwk;
}

export async function verify({token, didDocument, algorithms}) {
  try {
    const {kid, alg} = decodeProtectedHeader(token);
    const key = await importJWK(publicJwk(didDocument, kid), alg);
    const {payload, protectedHeader} = await jwtVerify(token, key, {algorithms});
    return {verified: true, errors: [], payload, header: protectedHeader};
  } catch(error) {
    return {verified: false, errors: [error.message]};
  }
}

export async function generateKey({alg}) {
  const {publicKey, privateKey} = await generateKeyPair(alg, {extractable: true});
  return {public: await exportJWK(publicKey), private: await exportJWK(privateKey)};
}

export async function sign({payload, header, key}) {
  return new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(key, header.alg));
}
