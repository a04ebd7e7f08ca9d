// An OpenID Connect provider with login pages: node oidc_provider.mjs PORT SETTINGS.json
// The settings are { clients, accounts }; accounts (login name → claims) are read anew at each sign-in.
import { readFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

const [port, file] = process.argv.slice(2);
const settings = () => JSON.parse(readFileSync(file, 'utf8'));

const provider = new Provider(`http://localhost:${port}`, {
  clients: settings().clients,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  features: { backchannelLogout: { enabled: true } },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its own way asks no machine of this network
  cookies: { keys: ['for tests'] },
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
  async findAccount(_context, id) {
    const claims = settings().accounts[id];
    return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
  },
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0)); // whoever started it has gone
