/*
 * Judges of a transparency log: Transmute's RFC 9162 for the tree and its two proofs, Sigstore's verifier for the signed
 * checkpoint and the way from an entry to its root. Bytes travel as base64.
 */
import {createHash, createPublicKey} from 'node:crypto';
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const {RFC9162} = require('@transmute/rfc9162');
const {verifyCheckpoint} = require('@sigstore/verify/dist/tlog/checkpoint.js');
const {verifyMerkleInclusion} = require('@sigstore/verify/dist/tlog/merkle.js');

const bytes = text => Buffer.from(text, 'base64');
const plain = text => new Uint8Array(bytes(text));

/** The root over these entries. */
export async function root({entries}) {
  return Buffer.from(await RFC9162.treeHead(entries.map(plain))).toString('base64');
}

/** Whether the tree of the new size begins with the old one. */
export async function grew({oldSize, oldRoot, newSize, newRoot, path}) {
  // step 2 of RFC 9162, section 2.1.4.2, which the library leaves to its caller
  const whole = (oldSize & (oldSize - 1)) === 0 ? [oldRoot, ...path] : path;
  const proof = {log_id: '', tree_size_1: oldSize, tree_size_2: newSize, consistency_path: whole.map(plain)};
  return RFC9162.verifyConsistencyProof(plain(oldRoot), plain(newRoot), proof);
}

/** The size and root of the checkpoint if the key signed it and the path leads there from the entry; else an error. */
export async function prove({entry, index, path, checkpoint, name, keyId, publicKey}) {
  const inclusionProof = {
    logIndex: String(index), treeSize: '0', rootHash: Buffer.alloc(0), hashes: path.map(bytes),
    checkpoint: {envelope: checkpoint}
  };
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes(publicKey)]);
  const log = {
    logID: bytes(keyId), baseURL: name, publicKey: createPublicKey({key: spki, format: 'der', type: 'spki'}),
    validFor: {start: new Date(0), end: new Date(8640000000000000)}
  };
  const logEntry = {inclusionProof, canonicalizedBody: bytes(entry)};
  const found = verifyCheckpoint(logEntry, [log]);
  verifyMerkleInclusion(logEntry, found);
  return {size: Number(found.logSize), root: found.logHash.toString('base64'), origin: found.origin,
    leaf: createHash('sha256').update(Buffer.concat([Buffer.from([0]), bytes(entry)])).digest('base64')};
}
