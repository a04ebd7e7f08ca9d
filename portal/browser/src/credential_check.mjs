/* A credential checked in the visitor's browser, by programs whose authors are not ours, asking its issuer alone. */
import {issuerOf, isObject, requireClosedForm} from './closed_form.mjs';
import {verifyEmbedded} from './embedded.mjs';
import {Reach} from './reach.mjs';
import {statusOf} from './status.mjs';
import {credentialIn, verifyToken} from './token.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';
import {say, speak} from './words.mjs';

const FAILURES = {revocation: 'revoked', suspension: 'suspended'};

/**
 * The browser's own answer about the text of a credential (JSON with its signature, or a JWT).
 *
 * `status` is a word as our server's verifier has it; `steps` say what was done, each with an outcome (passed, failed,
 * incomplete, skipped) and a sentence; `asked` lists the addresses that were fetched; `says` is what the checked text
 * itself says, so that it can be compared with the page around it. `words`: see words.mjs. Never throws.
 */
export async function check(text, {plain = [], now = new Date(), words = {}}) {
  speak(words);
  const reach = new Reach(plain);
  const steps = [];
  const says = {};
  const status = await judge(text, reach, now, steps, says);
  return {status, steps, asked: reach.asked, says};
}

async function judge(text, reach, now, steps, says) {
  if (!globalThis.crypto?.subtle) {
    step(steps, say('Signature'), 'incomplete', say('Browsers compute signatures only on pages that came over https.'));
    return 'unchecked';
  }
  const read = await tried(steps, say('Readable'), () => readable(text, says));
  if (read === undefined) return worst(steps);
  const {credential, token, claims} = read;
  const keys = await tried(steps, say('Signature'), async () => {
    const found = token ? await verifyToken(token, credential, claims, reach) : await verifyEmbedded(credential, reach);
    const keys = found.join(', ');
    return [found, say('It fits what the credential says, and the key is one that the issuer publishes: {keys}', {keys})];
  });
  if (keys === undefined) return worst(steps);
  const byTime = await tried(steps, say('Dates'), () => dates(credential, now));
  const set = await tried(steps, say('Revocation'), async () => {
    const found = await statusOf(credential, reach);
    if (found === null) return [[], say('Its issuer set it up so that it cannot be revoked.'), 'skipped'];
    const taken = found.map(purpose => FAILURES[purpose]);
    if (taken.length > 1) return [taken, say('Its issuer’s signed list says that it is revoked and suspended.'), 'failed'];
    if (taken[0] === 'revoked') return [taken, say('Its issuer’s signed list says that it is revoked.'), 'failed'];
    if (taken.length > 0) return [taken, say('Its issuer’s signed list says that it is suspended.'), 'failed'];
    return [[], say('Its issuer’s signed list says that it has not been taken back.')];
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
      throw new Refuted(say('This is no JSON.'));
    }
  }
  requireClosedForm(credential);
  const subject = isObject(credential.credentialSubject) ? credential.credentialSubject : {};
  Object.assign(says, {
    what: lineOf(subject.achievement?.name) || lineOf(credential.name),
    issuer: lineOf(issuerOf(credential)),
    until: lineOf(credential.validUntil)
  });
  const sentence = isToken ? say('A token (JWT), and it can mean only one thing.')
    : say('JSON with a signature in it, and it can mean only one thing.');
  return [{credential, claims, token: isToken ? trimmed : ''}, sentence];
}

function dates(credential, now) {
  const [from, until] = [credential.validFrom, credential.validUntil].map(instant);
  if (until !== null && until < now) return [['expired'], say('It ended on {minute}.', {minute: shown(until)}), 'failed'];
  if (from !== null && from > now) return [['not-yet-valid'], say('It begins on {minute}.', {minute: shown(from)}), 'failed'];
  return [[], until === null ? say('It has no end date.') : say('It holds until {minute}.', {minute: shown(until)})];
}

function instant(text) {
  if (text === undefined) return null;
  const found = new Date(text);
  if (Number.isNaN(found.getTime())) throw new Refuted(say('A date in it cannot be read.'));
  return found;
}

function shown(moment) {
  const parts = {day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short'};
  return new Intl.DateTimeFormat(languageOfPage(), parts).format(moment);
}

function languageOfPage() {
  const tag = globalThis.document?.documentElement.lang ?? 'en';
  return tag === 'en' ? 'en-GB' : tag;
}

/** Do one step, and say what became of it; undefined if it did not pass. */
async function tried(steps, title, doing) {
  try {
    const [value, sentence, outcome = 'passed'] = await doing();
    step(steps, title, outcome, sentence);
    return value;
  } catch (error) {
    const known = error instanceof Refuted || error instanceof Unchecked;
    const sentence = known ? error.message : say('This check stumbled over it: {why}', {why: error.message});
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
