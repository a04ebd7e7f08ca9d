/* Lists of older badges, by Digital Bazaar's library of their time: StatusList2021. */
import {checkStatus, createCredential, createList} from '@digitalbazaar/vc-status-list';
import {verifyCredential} from '@digitalbazaar/vc';
import {CONTEXTS, documentLoader} from './documents.mjs';
import {suitesFor} from './cryptosuites.mjs';

/** A context document, as the package of its authors has it. */
export async function context({url}) {
  return CONTEXTS.get(url);
}

/** An unsigned StatusList2021Credential of this purpose, with these indexes set. */
export async function statusList({id, purpose, length, set}) {
  const list = await createList({length});
  set.forEach(index => list.setStatus(index, true));
  return createCredential({id, list, statusPurpose: purpose});
}

/** Whether the proofs of badge and list verify, and what each status entry says; a status that is set is no `clear`. */
export async function verify({cryptosuite, credential, documents}) {
  const result = await verifyCredential({
    credential, suite: suitesFor(cryptosuite), documentLoader: documentLoader(documents), checkStatus
  });
  const {results, error} = result.statusResult ?? {};
  return {signed: result.results?.every(({verified}) => verified) ?? false,
    clear: results?.map(({verified}) => verified) ?? null, error: error?.message ?? null};
}
