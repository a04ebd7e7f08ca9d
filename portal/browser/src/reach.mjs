/* What a check may ask of the world: the keys of one issuer and its status lists. Every address is remembered. */
import {driver as didKeyDriver} from '@digitalbazaar/did-method-key';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {Unchecked} from './unchecked.mjs';
import {say} from './words.mjs';

const SECONDS = 10;
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_FETCHES = 8;

const didKey = didKeyDriver();
didKey.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
didKey.use({multibaseMultikeyHeader: 'zDna', fromMultibase: EcdsaMultikey.from}); // P-256
didKey.use({multibaseMultikeyHeader: 'z82L', fromMultibase: EcdsaMultikey.from}); // P-384

export class Reach {
  /** plain: origins that are reached over http: the server of this page where it is served so, and whom it knows so. */
  constructor(plain) {
    this.plain = plain;
    this.asked = [];
    this.kept = new Map();
  }

  /** The document in which an identifier's controller publishes its keys. Throws Unchecked. */
  async controller(identifier) {
    if (identifier.startsWith('did:key:')) return didKey.get({url: identifier});
    const document = await this.json(addressOf(identifier, this.plain));
    if (document?.id !== identifier) {
      throw new Unchecked(say('The document of the issuer’s keys does not say that it is about {identifier}.', {identifier}));
    }
    return document;
  }

  /** What lies at an address, as text. Asked once, without cookies and without saying where the question came from. */
  async text(url) {
    if (!this.kept.has(url)) {
      if (this.kept.size === MOST_FETCHES) throw new Unchecked(say('It leads to more addresses than are asked.'));
      this.kept.set(url, this.#ask(url));
    }
    return this.kept.get(url);
  }

  async json(url) {
    try {
      return JSON.parse(await this.text(url));
    } catch (error) {
      if (error instanceof Unchecked) throw error;
      throw new Unchecked(say('What lies at {url} is no JSON.', {url}));
    }
  }

  async #ask(url) {
    this.asked.push(url);
    let response;
    try {
      response = await fetch(url, {
        credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-cache',
        headers: {Accept: 'application/vc, application/did+json, application/json, application/vc+jwt'},
        signal: AbortSignal.timeout(SECONDS * 1000)
      });
    } catch {
      throw new Unchecked(say('Your browser could not read {url}: it is not reachable, or its server does not let pages of others read it (CORS). That says nothing against the credential.', {url}));
    }
    if (!response.ok) throw new Unchecked(say('{url} answered with status {status}.', {url, status: response.status}));
    return bounded(response, url);
  }
}

/** Where an identifier's document lies. Throws Unchecked for kinds of identifiers that are not looked up. */
function addressOf(identifier, plain) {
  if (identifier.startsWith('https://')) return identifier;
  const parts = identifier.split(':');
  if (parts[0] !== 'did' || parts[1] !== 'web' || !parts[2]) {
    throw new Unchecked(say('“{identifier}” is an identifier of a kind that this check cannot look up.', {identifier}));
  }
  const [host, ...path] = parts.slice(2).map(decodeURIComponent);
  const origin = plain.includes(`http://${host}`) ? `http://${host}` : `https://${host}`;
  return new URL(path.length ? `/${path.join('/')}/did.json` : '/.well-known/did.json', origin).href;
}

async function bounded(response, url) {
  const parts = [];
  let size = 0;
  for (const reader = response.body.getReader(); ;) {
    const {done, value} = await reader.read();
    if (done) return new Blob(parts).text();
    size += value.length;
    if (size > MOST_BYTES) {
      reader.cancel();
      throw new Unchecked(say('{url} holds more than is read.', {url}));
    }
    parts.push(value);
  }
}
