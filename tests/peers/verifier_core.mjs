/* What the wallets and the web verifier of the Digital Credentials Consortium say of a credential, without a network. */

// The package tells its troubles on standard output, where this process answers.
console.log = console.error;
globalThis.fetch = async url => {
  throw new Error(`this peer has no network and did not ask ${url}`);
};
const {verifyCredential} = await import('@digitalcredentials/verifier-core');

/** `steps` by their names, true or false; `errors` by their names, if it came to no steps at all. */
export async function verify({credential}) {
  const {log = [], errors = []} = await verifyCredential({credential, knownDIDRegistries: []});
  return {
    steps: Object.fromEntries(log.map(({id, valid}) => [id, valid])),
    errors: errors.map(({name}) => name)
  };
}
