/* Every cryptosuite of Digital Bazaar's: signing, deriving and verifying, with keys of all their curves. */
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {documentLoader} from './documents.mjs';

const SUITES = {
  'eddsa-rdfc-2022': {sign: () => eddsaRdfc, verify: () => eddsaRdfc},
  'eddsa-jcs-2022': {sign: eddsaJcs.createSignCryptosuite, verify: eddsaJcs.createVerifyCryptosuite},
  'ecdsa-rdfc-2019': {sign: () => ecdsaRdfc, verify: () => ecdsaRdfc},
  'ecdsa-jcs-2019': {sign: ecdsaJcs.createSignCryptosuite, verify: ecdsaJcs.createVerifyCryptosuite},
  'ecdsa-sd-2023': {sign: ecdsaSd.createSignCryptosuite, verify: ecdsaSd.createVerifyCryptosuite}
};

/** A key pair of the curve Ed25519, P-256 or P-384; `controller` makes its id, did:key if none is given. */
export async function generateKey({curve, controller, fragment}) {
  const pair = curve === 'Ed25519' ? await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve});
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  pair.controller = controller ?? `did:key:${publicKeyMultibase}`;
  pair.id = `${pair.controller}#${fragment ?? publicKeyMultibase}`;
  return pair.export({publicKey: true, secretKey: true, includeContext: true});
}

async function signerOf(key) {
  const library = key.publicKeyMultibase.startsWith('z6Mk') ? Ed25519Multikey : EcdsaMultikey;
  return (await library.from(key)).signer();
}

export async function sign({cryptosuite, credential, key, created, mandatoryPointers, documents}) {
  const suite = new DataIntegrityProof({
    cryptosuite: SUITES[cryptosuite].sign({mandatoryPointers}), signer: await signerOf(key), date: created
  });
  return vc.issue({credential, suite, documentLoader: documentLoader(documents)});
}

export async function derive({credential, selectivePointers, documents}) {
  const suite = new DataIntegrityProof({cryptosuite: ecdsaSd.createDiscloseCryptosuite({selectivePointers})});
  return vc.derive({verifiableCredential: credential, suite, documentLoader: documentLoader(documents)});
}

/** What verifies the proofs by the named cryptosuite, or by one of several. */
export function suitesFor(cryptosuite) {
  return [cryptosuite].flat().map(name => name === 'Ed25519Signature2020' ?
    new Ed25519Signature2020() : new DataIntegrityProof({cryptosuite: SUITES[name].verify()}));
}

/**
 * Whether the proofs by the named cryptosuite, or by one of several, verify, and why not. A status list must be by one
 * of them too.
 */
export async function verify({cryptosuite, credential, documents}) {
  const {verified, error} = await vc.verifyCredential({
    credential, suite: suitesFor(cryptosuite), documentLoader: documentLoader(documents), checkStatus
  });
  return {verified, errors: (error?.errors ?? (error ? [error] : [])).map(({message}) => message)};
}

/** A credential under the type of proof of before 2022, by its own library. */
export async function signAsIn2020({credential, created, documents}) {
  const key = await Ed25519VerificationKey2020.generate();
  key.controller = credential.issuer.id ?? credential.issuer;
  key.id = `${key.controller}#${key.fingerprint()}`;
  const suite = new Ed25519Signature2020({key, date: created});
  const signed = await vc.issue({credential, suite, documentLoader: documentLoader(documents)});
  return {signed, key: await key.export({publicKey: true, includeContext: true})};
}
