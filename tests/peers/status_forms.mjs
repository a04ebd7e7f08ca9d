/*
 * What @digitalcredentials/verifier-core says of credentials: its network is the pages that are handed in.
 * Started with the folder in which it was installed; stdin {"pages": {url: document}, "credentials": {name: …}},
 * stdout {name: {"signature", "status", "schema"}}.
 */
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';

const {pages, credentials} = JSON.parse(readFileSync(0, 'utf8'));

globalThis.fetch = async request => {
  const url = typeof request === 'string' ? request : request.url ?? String(request);
  const found = Object.hasOwn(pages, url);
  return new Response(JSON.stringify(found ? pages[url] : {}), {
    status: found ? 200 : 404,
    headers: {'content-type': 'application/json'}
  });
};

const entry = `${process.argv[2]}/node_modules/@digitalcredentials/verifier-core/dist/index.js`;
const {verifyCredential} = await import(pathToFileURL(entry).href);

function step(log, id) {
  const one = log?.find(each => each.id === id);
  return one === undefined ? 'not asked' : one.error?.name ?? (one.valid ? 'yes' : 'no');
}

const answers = {};
for(const [name, credential] of Object.entries(credentials)) {
  const result = await verifyCredential({credential, knownDIDRegistries: []});
  const [schema] = result.additionalInformation?.flatMap(each => each.results) ?? [];
  answers[name] = {
    signature: result.errors?.map(error => error.name).join(', ') ?? step(result.log, 'valid_signature'),
    status: (result.log ?? []).filter(each => each.id.endsWith('_status'))
      .map(each => `${each.id} ${step(result.log, each.id)}`).join(', ') || 'not asked',
    schema: schema?.result === undefined ? 'not asked' : schema.result.valid ? 'fits' :
      [...new Set(schema.result.errors?.map(error => `${error.instancePath} ${error.message}`))].join('; ')
  };
}
process.stdout.write(JSON.stringify(answers));
process.exit(0);
