/** Self-made certificates: an authority, and what it has signed for a server and a client. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './servers/machine.ts'

/** Files in PEM form. */
export interface Signed { readonly cert: string, readonly key: string }

export interface Authority {
  /** The file of its own certificate. */
  readonly ca: string
  /** Signs a certificate for `CN=name`, good for these hosts (`DNS:localhost`, `IP:127.0.0.1`). */
  sign(name: string, hosts?: string): Promise<Signed>
  remove(): void
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256']

export async function newAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), 'starline-certificates-'))
  const at = (name: string): string => join(folder, name)
  await openssl('req', '-x509', ...CURVE, '-days', '2', '-subj', '/CN=An authority', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  return {
    ca: at('ca.pem'),
    async sign(name, hosts) {
      const [cert, key, request, more] = ['pem', 'key', 'csr', 'ext'].map((ending) => at(`${name}.${ending}`)) as [string, string, string, string]
      await openssl('req', ...CURVE, '-subj', `/CN=${name}`, '-keyout', key, '-out', request)
      writeFileSync(more, hosts === undefined ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${hosts}\n`)
      await openssl('x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-sha256', '-extfile', more, '-out', cert)
      return { cert, key }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function openssl(...args: string[]): Promise<void> {
  const { code, output } = await run('openssl', args, { timeoutMs: 20_000 })
  if (code !== 0) throw new Error(`openssl ${args[0]} failed; it must be on this machine for these tests:\n${output}`)
}
