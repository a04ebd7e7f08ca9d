/* Signatures that are part of the document: Data Integrity with each of its cryptosuites, by Digital Bazaar's libraries. */
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite as ecdsaJcs} from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {createVerifyCryptosuite as ecdsaSd} from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {createVerifyCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {isObject, listed} from './closed_form.mjs';
import {CONTEXTS} from './contexts.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';
import {say} from './words.mjs';

const RELATIONSHIPS = ['verificationMethod', 'assertionMethod', 'authentication'];

const CRYPTOSUITES = [eddsaRdfc, eddsaJcs(), ecdsaRdfc, ecdsaJcs(), ecdsaSd()];
const NAMES = CRYPTOSUITES.map(({name}) => name);
const BASE_PROOF = 'u2V0A'; // how proofs of ecdsa-sd-2023 begin that holders keep, to derive from

export const suites = CRYPTOSUITES.map(cryptosuite => new DataIntegrityProof({cryptosuite}));

/** Every signature in the document is right and by a key of its issuer: their keys' ids. Throws Unchecked, Refuted. */
export async function verifyEmbedded(credential, reach) {
  const proofs = listed(credential.proof).filter(isObject);
  if (proofs.length === 0) throw new Refuted(say('There is no signature in it.'));
  for (const proof of proofs) {
    if (proof.type !== 'DataIntegrityProof' || !NAMES.includes(proof.cryptosuite)) {
      const kind = [proof.type, proof.cryptosuite].filter(word => typeof word === 'string').join(', ');
      throw new Unchecked(say('Its signature is of a kind that is not checked in the browser ({kind}).', {kind}));
    }
    if (proof.cryptosuite === 'ecdsa-sd-2023' && String(proof.proofValue).startsWith(BASE_PROOF)) {
      throw new Unchecked(say('It is the copy from which its holder derives what is shown; only that can be checked.'));
    }
  }
  const {loader, trouble} = documentLoader(reach);
  const result = await verifyCredential({
    credential,
    suite: suites,
    documentLoader: loader,
    now: credential.validFrom, // the dates are a question of their own
    checkStatus: async () => ({verified: true}) // and so is the status
  });
  if (trouble.length > 0) throw trouble[0];
  // The library is content with one right signature among several; here each must be.
  if (!result.verified || !result.results.every(one => one.verified)) throw new Refuted(reasonOf(result));
  return proofs.map(proof => proof.verificationMethod);
}

/** A loader that knows the contexts, the issuer's keys and what `reach` may fetch; `trouble`: what it could not have. */
export function documentLoader(reach) {
  const trouble = [];
  async function find(url) {
    if (CONTEXTS.has(url)) return CONTEXTS.get(url);
    const [controller, fragment] = url.split('#', 2);
    const isKey = fragment !== undefined || url.startsWith('did:');
    if (!isKey) return reach.json(url);
    const document = await reach.controller(controller);
    return fragment === undefined ? document : methodIn(document, url);
  }
  async function loader(url) {
    try {
      return {contextUrl: null, documentUrl: url, document: await find(url)};
    } catch (error) {
      trouble.push(error);
      throw error;
    }
  }
  return {loader, trouble};
}

function methodIn(document, url) {
  const method = RELATIONSHIPS.flatMap(name => listed(document[name])).find(one => isObject(one) && one.id === url);
  if (method === undefined) throw new Refuted(say('The issuer publishes no key {url}.', {url}));
  return {'@context': document['@context'], ...method};
}

function reasonOf(result) {
  const said = [...sentences(result.error)].filter(sentence => sentence !== 'Verification error(s).');
  const why = said.join(' ');
  return say('The signature does not fit what the credential says, or is not by a key of its issuer. ({why})', {why});
}

function* sentences(error) {
  if (!error) return;
  yield error.message;
  for (const inner of [...(error.errors ?? []), ...(error.cause ? [error.cause] : [])]) yield* sentences(inner);
}
