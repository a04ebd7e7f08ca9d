/* Writes what runs in the browser to ../static/built: `make browser`, or `npm ci --ignore-scripts && node build.mjs`. */
import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '..', 'static', 'built');

const {metafile} = await build({
  absWorkingDir: here,
  entryPoints: ['src/credential_check.mjs', 'src/code_reader.mjs'],
  outdir: built,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022'],
  // Its file for browsers stands under `browser`, which esbuild does not look at beside `exports`.
  alias: {'base64url-universal': './node_modules/base64url-universal/lib/browser.js'},
  legalComments: 'none', // whole licences are beside it
  metafile: true,
  logLevel: 'warning'
});

/** The folder of the package that a file of the bundle is from; none for our own. */
function packageOf(file) {
  return file.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}

const packages = [...new Set(Object.keys(metafile.inputs).map(packageOf).filter(Boolean))].sort();
const licences = packages.map(folder => {
  const {name, version, license} = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
  const files = readdirSync(join(here, folder)).filter(file => /^licen[cs]e/i.test(file)).sort();
  const texts = files.map(file => readFileSync(join(here, folder, file), 'utf8').trim());
  return [`${name} ${version} (${license ?? 'see below'})`, ...texts].join('\n\n');
});
mkdirSync(built, {recursive: true});
writeFileSync(join(built, 'licences.txt'), `${licences.join(`\n\n${'-'.repeat(78)}\n\n`)}\n`);
