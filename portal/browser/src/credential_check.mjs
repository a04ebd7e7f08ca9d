/* A credential checked in the visitor's browser, by programs whose authors are not ours, asking its issuer alone. */
import {issuerOf, isObject, requireClosedForm} from './closed_form.mjs';
import {verifyEmbedded} from './embedded.mjs';
import {Reach} from './reach.mjs';
import {statusOf} from './status.mjs';
import {credentialIn, verifyToken} from './token.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';

const FAILURES = {revocation: 'revoked', suspension: 'suspended'};

/**
 * The browser's own answer about the text of a credential (JSON with its signature, or a JWT).
 *
 * `status` is a word as our server's verifier has it; `steps` say what was done, each with an outcome (passed, failed,
 * incomplete, skipped) and a sentence; `asked` lists the addresses that were fetched; `says` is what the checked text
 * itself says, so that it can be compared with the page around it. Never throws.
 */
export async function check(text, {ownOrigin, now = new Date()}) {
  const reach = new Reach(ownOrigin);
  const steps = [];
  const says = {};
  const status = await judge(text, reach, now, steps, says);
  return {status, steps, asked: reach.asked, says};
}

async function judge(text, reach, now, steps, says) {
  if (!globalThis.crypto?.subtle) {
    step(steps, 'Signature', 'incomplete', 'Browsers compute signatures only on pages that came over https.');
    return 'unchecked';
  }
  const read = await tried(steps, 'Readable', () => readable(text, says));
  if (read === undefined) return worst(steps);
  const {credential, token, claims} = read;
  const keys = await tried(steps, 'Signature', async () => {
    const found = token ? await verifyToken(token, credential, claims, reach) : await verifyEmbedded(credential, reach);
    return [found, `It fits what the credential says, and the key is one that the issuer publishes: ${found.join(', ')}`];
  });
  if (keys === undefined) return worst(steps);
  const byTime = await tried(steps, 'Dates', () => dates(credential, now));
  const set = await tried(steps, 'Revocation', async () => {
    const found = await statusOf(credential, reach);
    if (found === null) return [[], 'Its issuer set it up so that it cannot be revoked.', 'skipped'];
    const taken = found.map(purpose => FAILURES[purpose]);
    if (taken.length > 0) return [taken, `Its issuer’s signed list says that it is ${taken.join(' and ')}.`, 'failed'];
    return [[], 'Its issuer’s signed list says that it has not been taken back.'];
  });
  const facts = [...['revoked', 'suspended'].filter(word => set?.includes(word)), ...(byTime ?? [])];
  return facts[0] ?? worst(steps);
}

function readable(text, says) {
  const trimmed = text.trim();
  const isToken = !trimmed.startsWith('{');
  let credential;
  let claims;
  if (isToken) ({credential, claims} = credentialIn(trimmed));
  else {
    try {
      credential = JSON.parse(trimmed);
    } catch {
      throw new Refuted('This is no JSON.');
    }
  }
  requireClosedForm(credential);
  const subject = isObject(credential.credentialSubject) ? credential.credentialSubject : {};
  Object.assign(says, {
    what: lineOf(subject.achievement?.name) || lineOf(credential.name),
    issuer: lineOf(issuerOf(credential)),
    until: lineOf(credential.validUntil)
  });
  const form = isToken ? 'A token (JWT)' : 'JSON with a signature in it';
  return [{credential, claims, token: isToken ? trimmed : ''}, `${form}, and it can mean only one thing.`];
}

function dates(credential, now) {
  const [from, until] = [credential.validFrom, credential.validUntil].map(instant);
  if (until !== null && until < now) return [['expired'], `It ended on ${shown(until)}.`, 'failed'];
  if (from !== null && from > now) return [['not-yet-valid'], `It begins on ${shown(from)}.`, 'failed'];
  return [[], until === null ? 'It has no end date.' : `It holds until ${shown(until)}.`];
}

function instant(text) {
  if (text === undefined) return null;
  const found = new Date(text);
  if (Number.isNaN(found.getTime())) throw new Refuted('A date in it cannot be read.');
  return found;
}

function shown(moment) {
  const parts = {day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short'};
  return new Intl.DateTimeFormat('en-GB', parts).format(moment);
}

/** Do one step, and say what became of it; undefined if it did not pass. */
async function tried(steps, title, doing) {
  try {
    const [value, sentence, outcome = 'passed'] = await doing();
    step(steps, title, outcome, sentence);
    return value;
  } catch (error) {
    const known = error instanceof Refuted || error instanceof Unchecked;
    const sentence = known ? error.message : `This check stumbled over it: ${error.message}`;
    step(steps, title, error instanceof Refuted ? 'failed' : 'incomplete', sentence);
    return undefined;
  }
}

function step(steps, title, outcome, sentence) {
  steps.push({title, outcome, sentence});
}

function worst(steps) {
  const outcomes = steps.map(({outcome}) => outcome);
  return outcomes.includes('failed') ? 'invalid' : outcomes.includes('incomplete') ? 'unchecked' : 'valid';
}

function lineOf(value) {
  return typeof value === 'string' ? value.slice(0, 300) : '';
}
