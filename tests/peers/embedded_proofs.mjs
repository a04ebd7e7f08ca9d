/* Credentials with an embedded proof, by Digital Bazaar's libraries: eddsa-rdfc-2022 and Bitstring Status List. */
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {checkStatus, createCredential, createList, decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import {issue, verifyCredential} from '@digitalbazaar/vc';
import {createHash} from 'node:crypto';
import {gunzipSync} from 'node:zlib';
import {documentLoader} from './documents.mjs';

/** Every sentence of an error and of the errors inside it. */
function sentences(error) {
  if(!error) {
    return [];
  }
  const inner = [...(error.errors ?? []), ...(error.cause ? [error.cause] : [])];
  return [...new Set([error.message, ...inner.flatMap(sentences)])];
}

/** `status` lists what each status entry says; `verified` alone is true for a revoked credential. */
export async function verify({credential, documents}) {
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await verifyCredential({credential, suite, documentLoader: documentLoader(documents), checkStatus});
  const entries = result.statusResult?.results ?? [];
  return {
    verified: result.verified,
    errors: [...sentences(result.error), ...sentences(result.statusResult?.error)],
    status: entries.map(({credentialStatus, status}) => ({
      purpose: credentialStatus.statusPurpose,
      index: credentialStatus.statusListIndex,
      set: status
    }))
  };
}

/** An Ed25519 key pair; `controller` makes its id, did:key if none is given. */
export async function generateKey({controller, fragment}) {
  const pair = await Ed25519Multikey.generate();
  pair.controller = controller ?? `did:key:${pair.publicKeyMultibase}`;
  pair.id = `${pair.controller}#${fragment ?? pair.publicKeyMultibase}`;
  return pair.export({publicKey: true, secretKey: true, includeContext: true});
}

export async function sign({credential, key, created, documents}) {
  const signer = (await Ed25519Multikey.from(key)).signer();
  const suite = new DataIntegrityProof({cryptosuite, signer, date: created});
  return issue({credential, suite, documentLoader: documentLoader(documents)});
}

/** An unsigned status list credential of this purpose, with these indexes set. */
export async function statusList({id, purpose, length, set}) {
  const list = await createList({length});
  set.forEach(index => list.setStatus(index, true));
  return createCredential({id, list, statusPurpose: purpose});
}

/** The SHA-256 of the bits behind an `encodedList`, as each of three readers inflates it. */
export async function readList({encodedList}) {
  const compressed = Buffer.from(encodedList.slice(1), 'base64url');
  const streamed = new Response(new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip')));
  const bits = {
    bitstring: (await decodeList({encodedList})).bitstring.bits,
    zlib: gunzipSync(compressed),
    stream: Buffer.from(await streamed.arrayBuffer())
  };
  return Object.fromEntries(
    Object.entries(bits).map(([reader, read]) => [reader, createHash('sha256').update(read).digest('hex')]));
}

/** The N-Quads that the cryptosuite hashes. */
export async function canonicalize({document, documents}) {
  return cryptosuite.canonize(document, {documentLoader: documentLoader(documents)});
}
