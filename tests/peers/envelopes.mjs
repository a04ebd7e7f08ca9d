/* Envelopes by others: SD-JWT by `@sd-jwt/core`, COSE_Sign1 by `@auth0/cose`. Bytes come and go in base64. */
import {Headers, ProtectedHeaders, Sign1, Algorithms} from '@auth0/cose';
import {SDJwtInstance} from '@sd-jwt/core';
import {ES256, ES384, digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {importJWK} from 'jose';

const CURVES = {ES256, ES384};
const TYP = 16;

async function instance({alg, publicKey, privateKey, holderPublicKey, holderPrivateKey}) {
  const by = CURVES[alg];
  return new SDJwtInstance({
    hashAlg: 'sha-256',
    hasher: digest,
    saltGenerator: generateSalt,
    signAlg: alg,
    ...(privateKey && {signer: await by.getSigner(privateKey)}),
    ...(publicKey && {verifier: await by.getVerifier(publicKey)}),
    ...(holderPrivateKey && {kbSigner: await by.getSigner(holderPrivateKey), kbSignAlg: alg}),
    ...(holderPublicKey && {kbVerifier: await by.getVerifier(holderPublicKey)})
  });
}

export async function issueSdJwt({payload, frame, header, ...keys}) {
  return (await instance(keys)).issue(payload, frame, {header});
}

export async function presentSdJwt({token, frame, question, ...keys}) {
  return (await instance(keys)).present(token, frame, question && {kb: {payload: question}});
}

export async function verifySdJwt({token, nonce, ...keys}) {
  try {
    const found = await (await instance(keys)).verify(token, nonce ? {keyBindingNonce: nonce} : undefined);
    return {verified: true, errors: [], payload: found.payload, header: found.header};
  } catch(error) {
    return {verified: false, errors: [error.message]};
  }
}

export async function signCose({payload, alg, kid, typ, contentType, key}) {
  const headers = new ProtectedHeaders([
    [Headers.Algorithm, Algorithms[alg]], [Headers.ContentType, contentType], [Headers.KeyID, Buffer.from(kid)],
    [TYP, typ]
  ]);
  const message = await Sign1.sign(headers, undefined, Buffer.from(payload), await importJWK(key, alg));
  return Buffer.from(message.encode()).toString('base64');
}

export async function verifyCose({message, alg, key}) {
  try {
    const decoded = Sign1.decode(Buffer.from(message, 'base64'));
    await decoded.verify(await importJWK(key, alg), {algorithms: [Algorithms[alg]]});
    const {protectedHeaders} = decoded;
    return {
      verified: true, errors: [], payload: Buffer.from(decoded.payload).toString(),
      kid: Buffer.from(protectedHeaders.get(Headers.KeyID)).toString(), typ: protectedHeaders.get(TYP)
    };
  } catch(error) {
    return {verified: false, errors: [error.message]};
  }
}
