/* Has the issuer taken it back? Bitstring status lists, by Digital Bazaar's library. */
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {listed, words} from './closed_form.mjs';
import {documentLoader, suites} from './embedded.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';
import {say} from './words.mjs';

const DECIDING = ['revocation', 'suspension'];

/** Which of “revocation” and “suspension” are set; null if it names no list at all. Throws Unchecked, Refuted. */
export async function statusOf(credential, reach) {
  const entries = listed(credential.credentialStatus);
  if (entries.length === 0) return null;
  if (entries.some(entry => !words(entry.type).includes('BitstringStatusListEntry'))) {
    throw new Unchecked(say('Whether it was revoked is written in a form that this check does not read.'));
  }
  const deciding = entries.filter(entry => DECIDING.includes(entry.statusPurpose));
  if (deciding.length === 0) return [];
  if (deciding.some(entry => !/^(0|[1-9]\d{0,9})$/.test(entry.statusListIndex))) {
    throw new Refuted(say('It names a place in the status list that cannot be.'));
  }
  const {loader, trouble} = documentLoader(reach);
  const asked = {...credential, credentialStatus: deciding};
  const result = await checkStatus({credential: asked, suite: suites, documentLoader: loader});
  if (trouble.length > 0) throw trouble[0];
  if (!result.verified) throw new Refuted(say('The status list is not what it must be. ({why})', {why: result.error?.message}));
  return result.results.filter(one => one.status).map(one => one.credentialStatus.statusPurpose);
}
