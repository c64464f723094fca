// A real control plane for the scripts of VS Code, and the kubeconfig that the editor finds: contexts of all the kinds that a user can meet.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Starts it and writes the kubeconfig. Undefined, with a line that says why, where there is none; it ends with this process, whose end closes its
 * input, or by `stop`.
 */
export async function startCluster({ controlPlane, kubeconfig }) {
  if (controlPlane === null) {
    console.log('SKIPPED the cluster in VS Code: there is no control plane; see cargo xtask test --only cluster');
    return undefined;
  }
  const folder = path.join(path.dirname(kubeconfig), 'control-plane');
  mkdirSync(folder, { recursive: true });
  const child = spawn(controlPlane, ['-exit-on-stdin-eof', '-dir', path.join(folder, 'state')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ready = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the control plane ended with ${code}`)));
    setTimeout(() => reject(new Error('the control plane is not ready after 60 s')), 60_000).unref();
  });
  const text = readFileSync(ready.kubeconfig, 'utf8');
  const value = (key, from) => new RegExp(`${key}: (\\S+)`).exec(from)[1];
  const cluster = new Cluster(child, {
    server: value('server', text),
    authority: value('certificate-authority-data', text),
    token: (user) => value('token', text.split('users:')[1].split(`name: ${user}\n`)[1]),
  });
  writeFileSync(kubeconfig, JSON.stringify(contexts(cluster, folder), null, 2));
  return cluster;
}

class Cluster {
  constructor(child, { server, authority, token }) {
    this.child = child;
    this.server = server;
    this.authority = authority;
    this.token = token;
  }

  /** What the API server answers to the admin: status and body. */
  get(address) {
    const headers = { authorization: `Bearer ${this.token('admin')}` };
    const options = { ca: Buffer.from(this.authority, 'base64'), headers };
    return new Promise((resolve, reject) => {
      const request = https.get(`${this.server}${address}`, options, (answer) => {
        let body = '';
        answer.on('data', (part) => (body += part));
        answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(body) }));
      });
      request.on('error', reject);
    });
  }

  /** Ends it, and waits until it has. */
  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
  }
}

/** Who may all, who may look, who signs in by a program, whose credential is at its end, who is nobody, and a server that is away. */
function contexts({ server, authority, token }, folder) {
  const program = path.join(folder, 'sign-in');
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: token('admin') } };
  writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
  chmodSync(program, 0o700);
  const exec = {
    apiVersion: credential.apiVersion,
    command: program,
    args: ['--realm', 'test'],
    env: [{ name: 'REALM_CACHE', value: 'off' }],
    interactiveMode: 'IfAvailable',
  };
  const users = {
    admin: { token: token('admin') },
    viewer: { token: token('viewer') },
    'single-sign-on': { exec },
    expired: { token: 'of-last-year' },
    guest: {},
  };
  const context = (name, user, more = {}) => ({ name, context: { cluster: 'test', user, ...more } });
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [
      { name: 'test', cluster: { server, 'certificate-authority-data': authority } },
      { name: 'away', cluster: { server: 'https://127.0.0.1:1' } },
    ],
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: [
      context('admin', 'admin', { namespace: 'shop' }),
      context('away', 'admin', { cluster: 'away' }),
      context('expired', 'expired'),
      context('guest', 'guest'),
      context('single-sign-on', 'single-sign-on'),
      context('viewer', 'viewer'),
    ],
  };
}
