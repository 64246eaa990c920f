/**
 * Where a test's server comes from: the first rung that holds.
 *
 * 1. its URL in the environment (`compose:<service>` asks for one service of docker-compose.yml by name);
 * 2. `docker compose`, where a Docker engine answers;
 * 3. programs on this machine;
 * 4. the same after `apt-get install`, as root on Debian or Ubuntu;
 * 5. an error with the lines to type. Tests are never skipped for want of a server.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startComposed, whyNoCompose, whyNoImage } from './compose.ts'
import type { Server, ServerKind } from './kind.ts'
import { findBinary, run, said } from './machine.ts'
import { startOwnServer } from './own.ts'

/** What the ladder looks at; handed in, so that a test can draw any machine. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  isRoot: boolean
  find(program: string): string | undefined
}

const thisMachine = (): Surroundings =>
  ({ env: process.env, isRoot: process.getuid?.() === 0, find: (program) => findBinary(program) })

/** A rung that holds. Everything slow is done (images, packages); `start` takes a second or so. */
export interface Rung { name: string, start(): Promise<Server> }

const INSTALL_MS = 300_000

/** Finds the first rung that holds for this kind of server. Throws with the lines to type where none does. */
export async function climb(kind: ServerKind, machine: Surroundings = thisMachine()): Promise<Rung> {
  const wish = machine.env[kind.envVariable]
  const service = wish?.startsWith('compose:') ? wish.slice('compose:'.length) : undefined
  if (wish && !service) return fromUrl(kind, wish)
  const noCompose = await whyNotComposed(service ?? kind.compose.service, machine.env)
  if (noCompose === undefined) return fromCompose(kind, service ?? kind.compose.service, machine.env)
  if (service) throw new Error(`${kind.envVariable} asks for ${service} from docker compose, but ${noCompose}`)
  const missing = missingBinaries(kind, machine)
  if (missing.length === 0) return fromBinaries(kind, 'from binaries on this machine')
  const noApt = await whyNotInstalled(kind, machine)
  if (noApt === undefined) return fromBinaries(kind, 'from binaries that apt-get installed')
  throw new Error(wayOut(kind, [noCompose, `not on this machine: ${missing.join(', ')}`, noApt]))
}

/** The rung for a server that a test wants to itself: binaries, installed where they are missing and may be. */
export async function provideBinaries(kind: ServerKind, machine: Surroundings = thisMachine()): Promise<void> {
  const missing = missingBinaries(kind, machine)
  if (missing.length === 0) return
  const noApt = await whyNotInstalled(kind, machine)
  if (noApt !== undefined) throw new Error(wayOut(kind, [`not on this machine: ${missing.join(', ')}`, noApt]))
}

function fromUrl(kind: ServerKind, url: string): Rung {
  const name = `from ${kind.envVariable}`
  return {
    name,
    start: async () => {
      const { version } = await kind.ask(url).catch((cause: unknown) => {
        // The URL may hold a password: the variable's name says enough.
        throw new Error(`no ${kind.name} answers at the address in ${kind.envVariable}: ${said(cause)}`, { cause })
      })
      return { url, version, rung: name, stop: async () => {} }
    },
  }
}

function fromCompose(kind: ServerKind, service: string, env: NodeJS.ProcessEnv): Rung {
  const name = `from docker compose (${service})`
  return { name, start: async () => ({ ...await startComposed(kind, service, env), rung: name }) }
}

function fromBinaries(kind: ServerKind, name: string): Rung {
  return {
    name,
    start: async () => {
      const server = await startOwnServer(kind)
      return { url: server.url, version: server.version, rung: name, stop: () => server.stop() }
    },
  }
}

async function whyNotComposed(service: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return await whyNoCompose(env) ?? await whyNoImage(service, env)
}

const missingBinaries = (kind: ServerKind, machine: Surroundings) =>
  kind.binaries.filter((program) => machine.find(program) === undefined)

async function whyNotInstalled(kind: ServerKind, machine: Surroundings): Promise<string | undefined> {
  if (!machine.isRoot) return 'not root, so nothing can be installed here'
  const env = { ...machine.env, DEBIAN_FRONTEND: 'noninteractive' }
  // One at a time: another process of the same tests may want to install as well.
  const apt = (...args: string[]) => run('flock', [join(tmpdir(), 'starline-apt.lock'), 'apt-get', ...args], { timeoutMs: INSTALL_MS * 2, env })
  const updated = await apt('update')
  if (updated.code !== 0) return `apt-get update failed:\n${updated.output.trimEnd()}`
  const installed = await apt('install', '-y', '--no-install-recommends', ...kind.aptPackages)
  if (installed.code !== 0) return `apt-get install failed:\n${installed.output.trimEnd()}`
  const missing = missingBinaries(kind, machine)
  return missing.length === 0 ? undefined : `apt-get installed ${kind.aptPackages.join(', ')}, but not: ${missing.join(', ')}`
}

function wayOut(kind: ServerKind, reasons: string[]): string {
  return [
    `The tests need ${kind.name} and found none.`,
    ...reasons.map((reason) => `  - ${reason}`),
    'Any one of these lines brings one:',
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${kind.aptPackages.join(' ')}`,
    `  brew install ${kind.brewFormula}`,
    `  ${kind.envVariable}=${kind.urlExample} npm test`,
  ].join('\n')
}
