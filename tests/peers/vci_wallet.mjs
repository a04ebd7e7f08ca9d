/* A wallet by `@openid4vc/openid4vci`: takes an offer over HTTP, shows its keys, and gets what was offered. */
import {
  Openid4vciClient, setGlobalConfig, Openid4vciRetrieveCredentialsError
} from '@openid4vc/openid4vci';
import {Oauth2Client, clientAuthenticationAnonymous, clientAuthenticationNone} from '@openid4vc/oauth2';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {CompactEncrypt, SignJWT, compactDecrypt, compactVerify, exportJWK, generateKeyPair, importJWK} from 'jose';
import {createHash, randomBytes} from 'node:crypto';

setGlobalConfig({allowInsecureUrls: true});

// Taken before another peer takes the network away from all of them (verifier_core.mjs): this one asks the loopback.
const network = globalThis.fetch;

async function loopback(address, options) {
  if(!['localhost', '127.0.0.1'].includes(new URL(address).hostname)) {
    throw new Error(`this peer asks nobody but this machine, and not ${address}`);
  }
  return network(address, options);
}

async function keyPair(alg) {
  const {publicKey, privateKey} = await generateKeyPair(alg, {extractable: true});
  const jwk = await exportJWK(publicKey);
  return {jwk: {...jwk, alg}, privateKey, alg};
}

function didJwk({kty, crv, x, y}) {
  const members = y ? {crv, kty, x, y} : {crv, kty, x};
  return `did:jwk:${Buffer.from(JSON.stringify(members)).toString('base64url')}`;
}

const CLIENT = 'https://wallet.example';

function callbacks(keys) {
  const holder = signer => keys.find(({jwk, did, x5c}) => ({
    jwk: () => jwk.x === signer.publicJwk.x, x5c: () => x5c?.[0] === signer.x5c[0], did: () => signer.didUrl.startsWith(did)
  })[signer.method]());
  return {
    fetch: loopback,
    hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    generateRandom: bytes => randomBytes(bytes),
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async (signer, {header, payload}) => {
      const key = holder(signer);
      return {
        jwt: await new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey), signerJwk: key.jwk
      };
    },
    verifyJwt: async (signer, {compact}) => {
      await compactVerify(compact, await importJWK(signer.publicJwk, signer.alg));
      return {verified: true, signerJwk: signer.publicJwk};
    },
    encryptJwe: async (to, text) => ({
      encryptionJwk: to.publicJwk,
      jwe: await new CompactEncrypt(Buffer.from(text))
        .setProtectedHeader({alg: to.alg, enc: to.enc, kid: to.publicJwk.kid})
        .encrypt(await importJWK(to.publicJwk, to.alg))
    }),
    decryptJwe: async () => ({decrypted: false})
  };
}

/** Everything from the link to the credentials. `by`: `jwk`, `did:jwk`, `did:key`, `x5c`; `holders`: keys that are given. */
export async function receive({offer, configuration, by = 'jwk', alg = 'ES256', count = 1, txCode, dpop = false,
  details = false, notify, attest, holders}) {
  const keys = holders
    ? await Promise.all(holders.map(async ({jwk, did, x5c}) => ({
      jwk: {...jwk, d: undefined}, did, x5c, alg, privateKey: await importJWK(jwk, alg)
    })))
    : await Promise.all(Array.from({length: count}, () => keyPair(alg)));
  keys.forEach(key => { key.did ??= didJwk(key.jwk); });
  const bound = dpop ? await keyPair('ES256') : undefined;
  const client = new Openid4vciClient({callbacks: callbacks([...keys, ...(bound ? [bound] : [])])});
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode,
    ...(bound && {dpop: {signer: {method: 'jwk', publicJwk: bound.jwk, alg: 'ES256'}}}),
    ...(details && {additionalRequestPayload: {authorization_details: [
      {type: 'openid_credential', credential_configuration_id: configuration}
    ]}})
  });
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const signed = ({jwk, did, x5c}) => {
    if(by === 'jwk') {
      return {method: 'jwk', publicJwk: jwk, alg};
    }
    return by === 'x5c' ? {method: 'x5c', x5c, alg} : {
      method: 'did', didUrl: by === 'did:jwk' ? `${did}#0` : `${did}#${did.slice('did:key:'.length)}`, alg
    };
  };
  const jwts = await Promise.all(keys.map(async key => (await client.createCredentialRequestJwtProof({
    issuerMetadata, nonce, credentialConfigurationId: configuration, keyAttestationJwt: attest, signer: signed(key)
  })).jwt));
  const accessToken = token.accessTokenResponse.access_token;
  const identifier = token.accessTokenResponse.authorization_details?.[0]?.credential_identifiers?.[0];
  let credentials;
  if(identifier) {
    // the library asks by configuration only: a request by identifier is written here, as the standard has it
    const answer = await loopback(issuerMetadata.credentialIssuer.credential_endpoint, {
      method: 'POST', headers: {'content-type': 'application/json', authorization: `Bearer ${accessToken}`},
      body: JSON.stringify({credential_identifier: identifier, proofs: {jwt: jwts}})
    });
    credentials = await answer.json();
  } else {
    try {
      const answer = await client.retrieveCredentials({
        issuerMetadata, accessToken, credentialConfigurationId: configuration, proofs: {jwt: jwts}, dpop: token.dpop
      });
      credentials = answer.credentialResponse;
    } catch(error) {
      if(error instanceof Openid4vciRetrieveCredentialsError) {
        throw new Error(JSON.stringify(error.response.credentialErrorResponseResult?.data ?? error.message));
      }
      throw error;
    }
  }
  if(notify) {
    await client.sendNotification({
      issuerMetadata, accessToken, dpop: token.dpop,
      notification: {notificationId: credentials.notification_id, event: notify}
    });
  }
  return {
    credentials: credentials.credentials?.map(({credential}) => credential),
    transaction: credentials.transaction_id,
    holders: keys.map(({jwk, did}) => ({jwk: {...jwk, alg: undefined}, did})),
    tokenType: token.accessTokenResponse.token_type,
    version: issuerMetadata.originalDraftVersion,
    metadata: issuerMetadata.credentialIssuer
  };
}

const exported = async ({jwk, did, alg, privateKey}) => ({jwk: {...await exportJWK(privateKey), alg}, did, alg});

/** Where the wallet sends its owner, and all that it must remember. Without an offer it begins by itself. */
export async function beginAuthorization({offer, issuer, scope, details, back, pushed = true, dpop = false}) {
  const bound = dpop ? await keyPair('ES256') : undefined;
  const made = {...callbacks(bound ? [bound] : []), clientAuthentication: clientAuthenticationNone({clientId: CLIENT})};
  const client = new Openid4vciClient({callbacks: made});
  const credentialOffer = offer ? await client.resolveCredentialOffer(offer) : undefined;
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer?.credential_issuer ?? issuer);
  if(!pushed) {
    issuerMetadata.authorizationServers.forEach(one => { delete one.pushed_authorization_request_endpoint; });
  }
  const asked = {
    clientId: CLIENT, redirectUri: back, scope,
    ...(details && {additionalRequestPayload: {authorization_details: JSON.stringify(details)}}),
    ...(bound && {dpop: {signer: {method: 'jwk', publicJwk: bound.jwk, alg: 'ES256'}}})
  };
  const [server] = issuerMetadata.authorizationServers;
  const started = credentialOffer
    ? await client.initiateAuthorization({...asked, credentialOffer, issuerMetadata})
    : await new Oauth2Client({callbacks: made}).createAuthorizationRequestUrl({
      ...asked, authorizationServerMetadata: server, resource: issuerMetadata.credentialIssuer.credential_issuer,
      state: 'of our own'
    });
  return {
    url: started.authorizationRequestUrl, verifier: started.pkce.codeVerifier, method: started.pkce.codeChallengeMethod,
    credentialOffer, issuerMetadata, back, dpopNonce: started.dpop?.nonce, dpopKey: bound && await exported(bound)
  };
}

/** From the address to which the owner came back to the credential. */
export async function finishAuthorization({begun, url, configuration, by = 'jwk', alg = 'ES256', verifier, back}) {
  const key = await keyPair(alg);
  key.did = didJwk(key.jwk);
  const bound = begun.dpopKey && {...begun.dpopKey, privateKey: await importJWK(begun.dpopKey.jwk, 'ES256')};
  if(bound) {
    bound.jwk = {...bound.jwk, d: undefined};
  }
  const made = {
    ...callbacks([key, ...(bound ? [bound] : [])]), clientAuthentication: clientAuthenticationNone({clientId: CLIENT})
  };
  const client = new Openid4vciClient({callbacks: made});
  const {issuerMetadata} = begun;
  const [server] = issuerMetadata.authorizationServers;
  const told = client.parseAndVerifyAuthorizationResponseRedirectUrl({url, authorizationServerMetadata: server});
  if(told.error) {
    throw new Error(`${told.error}: ${told.error_description}`);
  }
  const token = await new Oauth2Client({callbacks: made}).retrieveAuthorizationCodeAccessToken({
    authorizationServerMetadata: server, authorizationCode: told.code,
    pkceCodeVerifier: verifier ?? begun.verifier, redirectUri: back ?? begun.back,
    resource: issuerMetadata.credentialIssuer.credential_issuer,
    ...(bound && {dpop: {signer: {method: 'jwk', publicJwk: bound.jwk, alg: 'ES256'}, nonce: begun.dpopNonce}})
  });
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const {jwt} = await client.createCredentialRequestJwtProof({
    issuerMetadata, nonce, credentialConfigurationId: configuration,
    signer: by === 'jwk'
      ? {method: 'jwk', publicJwk: key.jwk, alg} : {method: 'did', didUrl: `${key.did}#0`, alg}
  });
  const {credentialResponse} = await client.retrieveCredentials({
    issuerMetadata, accessToken: token.accessTokenResponse.access_token, credentialConfigurationId: configuration,
    proofs: {jwt: [jwt]}, dpop: token.dpop
  });
  return {
    credentials: credentialResponse.credentials.map(({credential}) => credential),
    holder: {did: key.did}, state: told.state, token: token.accessTokenResponse
  };
}

/** With an encrypted request and answer, by `jose`: the library has no words for that. */
export async function receiveEncrypted({metadata, accessToken, configuration, proofs, enc = 'A256GCM'}) {
  const [jwk] = metadata.credential_request_encryption.jwks.keys;
  const own = await generateKeyPair('ECDH-ES', {crv: 'P-256', extractable: true});
  const body = {
    credential_configuration_id: configuration, proofs: {jwt: proofs},
    credential_response_encryption: {
      jwk: {...await exportJWK(own.publicKey), alg: 'ECDH-ES', kid: 'own', use: 'enc'}, enc
    }
  };
  const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(body)))
    .setProtectedHeader({alg: jwk.alg, enc, kid: jwk.kid}).encrypt(await importJWK(jwk, jwk.alg));
  return {jwe, own: await exportJWK(own.privateKey)};
}

export async function open({jwe, own}) {
  const {plaintext, protectedHeader} = await compactDecrypt(jwe, await importJWK(own, 'ECDH-ES'));
  return {answer: JSON.parse(Buffer.from(plaintext).toString()), header: protectedHeader};
}

/** An SD-JWT VC by `@sd-jwt/sd-jwt-vc`, its status in the list that it names too. */
export async function verifySdJwtVc({token, didDocument}) {
  const verifier = async (data, signature) => {
    const {kid, alg} = JSON.parse(Buffer.from(data.split('.')[0], 'base64url'));
    const method = didDocument.verificationMethod.find(({id}) => id === kid);
    try {
      await compactVerify(`${data}.${signature}`, await importJWK(method.publicKeyJwk, alg));
      return true;
    } catch{
      return false;
    }
  };
  try {
    const instance = new SDJwtVcInstance({
      hashAlg: 'sha-256', hasher: digest, saltGenerator: generateSalt, verifier,
      statusVerifier: verifier,
      statusListFetcher: async uri => (await loopback(uri)).text()
    });
    const {payload} = await instance.verify(token);
    return {verified: true, errors: [], payload};
  } catch(error) {
    return {verified: false, errors: [error.message]};
  }
}
