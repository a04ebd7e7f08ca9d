/*
 * A wallet that fetches a credential by a VC API exchange, as the Learner Credential Wallet does: it posts {}, proves its
 * DID by the Digital Credentials Consortium's libraries (Ed25519Signature2020), or by Digital Bazaar's (eddsa-rdfc-2022).
 */
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as bazaar from '@digitalbazaar/vc';
import {Ed25519Signature2020} from '@digitalcredentials/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalcredentials/ed25519-verification-key-2020';
import {securityLoader} from '@digitalcredentials/security-document-loader';
import * as consortium from '@digitalcredentials/vc';
import {fetch} from 'undici'; // not the global one, which other peers are kept from
import {documentLoader} from './documents.mjs';

async function asLearnerCredentialWallet({challenge, domain}) {
  const key = await Ed25519VerificationKey2020.generate();
  key.controller = `did:key:${key.fingerprint()}`;
  key.id = `${key.controller}#${key.fingerprint()}`;
  const presentation = consortium.createPresentation({holder: key.controller});
  const signed = await consortium.signPresentation({
    presentation, challenge, domain, suite: new Ed25519Signature2020({key}), documentLoader: securityLoader().build()
  });
  return {did: key.controller, presentation: signed};
}

async function asOthers({challenge, domain, documents}) {
  const key = await Ed25519Multikey.generate();
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const presentation = bazaar.createPresentation({holder: key.controller});
  const signed = await bazaar.signPresentation({
    presentation, challenge, domain, suite: new DataIntegrityProof({cryptosuite, signer: key.signer()}),
    documentLoader: documentLoader(documents)
  });
  const kept = await key.export({publicKey: true, secretKey: true, includeContext: true});
  return {did: key.controller, presentation: signed, key: kept};
}

/** `link` is a deep link, or the address of an interaction. `instead` replaces the challenge or the domain. */
export async function fetchByExchange({link, server, wallet, instead = {}, documents}) {
  const get = async (url, init) => {
    const {pathname, search} = new URL(url);
    return fetch(`${server}${pathname}${search}`, init);
  };
  let exchange = link;
  if(link.startsWith('https://lcw.app/')) {
    exchange = JSON.parse(new URL(link).searchParams.get('request')).protocols.vcapi;
  } else if(link.startsWith('interaction:')) {
    const told = await get(link.slice('interaction:'.length), {headers: {Accept: 'application/json'}});
    exchange = (await told.json()).protocols.vcapi;
  }
  const post = async body => {
    const answer = await get(exchange, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)
    });
    return {status: answer.status, body: await answer.json()};
  };
  const asked = await post({});
  if(asked.status !== 200) {
    return asked;
  }
  const {challenge, domain, query} = asked.body.verifiablePresentationRequest;
  const prove = wallet === 'lcw' ? asLearnerCredentialWallet : asOthers;
  const {did, presentation, key} = await prove({challenge, domain, documents, ...instead});
  return {...await post({verifiablePresentation: presentation}), did, key, asked: query[0].type};
}
