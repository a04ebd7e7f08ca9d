/* A signature covers what a document means; people read its words. Only a document whose words can mean one thing is
   judged: no other spellings of members, no contexts but the known ones. */
import {CONTEXTS} from './contexts.mjs';
import {Refuted, Unchecked} from './unchecked.mjs';
import {say} from './words.mjs';

const DEEPEST = 40;

/** Throws Unchecked or Refuted with a sentence. */
export function requireClosedForm(credential) {
  if (!isObject(credential) || !words(credential.type).includes('VerifiableCredential')) {
    throw new Refuted(say('This is not a credential.'));
  }
  walk(credential, 0);
  requireWords(credential, ['id', 'validFrom', 'validUntil']);
  const issuer = isObject(credential.issuer) ? credential.issuer.id : credential.issuer;
  if (typeof issuer !== 'string') throw new Refuted(say('It names no issuer.'));
  for (const entry of listed(credential.credentialStatus)) {
    if (!isObject(entry)) throw new Refuted(say('It names a status that cannot be read.'));
    requireWords(entry, ['statusPurpose', 'statusListIndex', 'statusListCredential']);
  }
}

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that may hold one thing, several, or nothing, as a list. */
export function listed(value) {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

export function words(value) {
  return listed(value).filter(item => typeof item === 'string');
}

export function issuerOf(credential) {
  return isObject(credential.issuer) ? credential.issuer.id : credential.issuer;
}

function requireWords(holder, names) {
  for (const name of names) {
    if (holder[name] !== undefined && typeof holder[name] !== 'string') throw new Refuted(say('Its “{name}” is no text.', {name}));
  }
}

function walk(value, depth) {
  if (depth > DEEPEST) throw new Refuted(say('It is nested deeper than any badge.'));
  if (Array.isArray(value)) value.forEach(item => walk(item, depth + 1));
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '@context') requireKnown(inner);
    else if (name.includes(':') || name.startsWith('@')) {
      throw new Refuted(say('It has a member “{name}”, which other programs could read differently.', {name}));
    } else walk(inner, depth + 1);
  }
}

function requireKnown(context) {
  const unknown = listed(context).find(item => !CONTEXTS.has(item));
  if (unknown !== undefined) {
    const name = typeof unknown === 'string' ? unknown : say('one written into the document');
    throw new Unchecked(say('It uses words of a vocabulary that this check does not carry ({name}).', {name}));
  }
}
