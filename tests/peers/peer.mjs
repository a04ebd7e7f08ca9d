/*
 * The peers behind one long-lived process: a request is a line of JSON on stdin, {"command": …, …arguments}; its
 * answer is the next line on stdout, {"answer": …} or {"error": "sentence"}. Started with the path of a JSON file
 * {"url or DID": "file.json"}, it also knows those files (paths relative to that file) in every request.
 */
import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import * as cryptosuites from './cryptosuites.mjs';
import * as embeddedProofs from './embedded_proofs.mjs';
import * as envelopes from './envelopes.mjs';
import * as exchangeWallet from './exchange_wallet.mjs';
import * as statusList2021 from './status_list_2021.mjs';
import * as tokens from './tokens.mjs';
import * as transparencyLog from './transparency_log.mjs';
import * as vciWallet from './vci_wallet.mjs';
import * as verifierCore from './verifier_core.mjs';
import * as vpWallet from './vp_wallet.mjs';

const COMMANDS = {
  'verify-credential': embeddedProofs.verify,
  'issue-credential': embeddedProofs.sign,
  'generate-key': embeddedProofs.generateKey,
  'status-list': embeddedProofs.statusList,
  'read-list': embeddedProofs.readList,
  canonicalize: embeddedProofs.canonicalize,
  'key-of-curve': cryptosuites.generateKey,
  'sign-by-suite': cryptosuites.sign,
  'verify-by-suite': cryptosuites.verify,
  'derive-credential': cryptosuites.derive,
  'sign-as-in-2020': cryptosuites.signAsIn2020,
  context: statusList2021.context,
  'status-list-of-2021': statusList2021.statusList,
  'verify-with-list-of-2021': statusList2021.verify,
  'verifier-core': verifierCore.verify,
  'verify-jwt': tokens.verify,
  'sign-jwt': tokens.sign,
  'generate-jwk': tokens.generateKey,
  'issue-sd-jwt': envelopes.issueSdJwt,
  'present-sd-jwt': envelopes.presentSdJwt,
  'verify-sd-jwt': envelopes.verifySdJwt,
  'sign-cose': envelopes.signCose,
  'verify-cose': envelopes.verifyCose,
  'answer-vp-request': vpWallet.answerRequest,
  'fetch-by-exchange': exchangeWallet.fetchByExchange,
  'receive-offer': vciWallet.receive,
  'begin-authorization': vciWallet.beginAuthorization,
  'finish-authorization': vciWallet.finishAuthorization,
  'encrypt-request': vciWallet.receiveEncrypted,
  'open-answer': vciWallet.open,
  'verify-sd-jwt-vc': vciWallet.verifySdJwtVc,
  'log-root': transparencyLog.root,
  'log-grew': transparencyLog.grew,
  'log-prove': transparencyLog.prove
};

function readMap(path) {
  const files = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
  return Object.fromEntries(
    files.map(([url, file]) => [url, JSON.parse(readFileSync(resolve(dirname(path), file), 'utf8'))]));
}

async function answer(line, known) {
  try {
    const {command, documents, ...request} = JSON.parse(line);
    if(!Object.hasOwn(COMMANDS, command)) {
      throw new Error(`Unknown command "${command}"; known are ${Object.keys(COMMANDS).join(', ')}.`);
    }
    return {answer: await COMMANDS[command]({...request, documents: {...known, ...documents}})};
  } catch(error) {
    return {error: error.message};
  }
}

const known = process.argv[2] ? readMap(process.argv[2]) : {};
for await(const line of createInterface({input: process.stdin})) {
  process.stdout.write(`${JSON.stringify(await answer(line, known))}\n`);
}
