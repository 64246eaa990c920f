import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { extname, join } from 'node:path'
import type { TableDefinition } from '../sql/create.ts'
import { version } from '../version.ts'
import type { Entry } from './registry.ts'

/** Where this process works. */
interface Here {
  readonly folder: string
  readonly machine: string
}

/**
 * What an ETL makes of the rows of a source (`from`: its URL), in short: two workers that have the same make the same rows of the same range.
 * Undefined where that can't be told: its code has changed since this process began.
 */
export async function fingerprintOf({ type, name, etl }: Entry, dialect: string, from: string, here: Partial<Here> = {}): Promise<string | undefined> {
  const { folder, machine } = { folder: process.cwd(), machine: hostname(), ...here }
  const dimensions = Object.entries(etl.uses).map(([key, of]) => [key, of.create.definition(dialect)])
  const project = etl.makes?.code === true ? await codeOf(folder) : ''
  if (project === undefined) return undefined
  return digest(JSON.stringify([version(), type, name, etl.kind, addressOf(from, { folder, machine }), etl.create.definition(dialect), dimensions, etl.makes?.declared, project]))
}

/**
 * Where a URL leads to, and who goes there, without how: to another user the same query may bring other rows. A folder, a
 * socket and `localhost` are something else on each machine.
 */
function addressOf(url: string, { folder, machine }: Here): readonly (string | null)[] {
  const { protocol, username, host, hostname: server, pathname, searchParams } = new URL(url)
  const socket = searchParams.get('socketPath')
  const isHere = socket !== null || /^(localhost|127\..*|\[::1\])?$/i.test(server)
  return [protocol, username, host, pathname, searchParams.get('schema'), socket, isHere ? machine : null, /^(\/|$)/.test(pathname) ? null : folder]
}

/** What code may be in. */
const code = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'])

const begun = Date.now() - process.uptime() * 1000

const known = new Map<string, Promise<string | undefined>>()

/** Which packages a project has, beside `package-lock.json`, by whoever installs them. */
const locks = new Set(['yarn.lock', 'pnpm-lock.yaml', 'bun.lock'])

/**
 * All code of a project, in short, and what else a function may go by: it may call others, and nobody can tell which. Where any
 * of it has changed since the process began, which may have read it before or after, it has none.
 */
function codeOf(folder: string): Promise<string | undefined> {
  const found = known.get(folder) ?? readCode(folder).catch(() => undefined)
  known.set(folder, found)
  return found
}

async function readCode(folder: string): Promise<string | undefined> {
  // Dates and texts are something else to another release of Node, and to another clock.
  const lines = [process.version, Intl.DateTimeFormat().resolvedOptions().timeZone]
  for (const path of await filesOf(folder)) {
    const file = join(folder, path)
    // Not when it was written, which anybody can set.
    if ((await stat(file)).ctimeMs >= begun) return undefined
    lines.push(`${path} ${digest(await readFile(file))}`)
  }
  return digest(lines.join('\n'))
}

/** JSON beside code may be read by it; in a folder of its own it is data, of any size. */
async function filesOf(folder: string, under = ''): Promise<string[]> {
  const entries = await readdir(join(folder, under), { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const hasCode = files.some((name) => code.has(extname(name)))
  const found = files.filter((name) => code.has(extname(name)) || (hasCode && (extname(name) === '.json' || locks.has(name)))).map((name) => join(under, name))
  for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))) found.push(...await filesOf(folder, join(under, name)))
  return found.toSorted()
}

/** A create as this version of the engine makes its table, in short. */
export const createOf = (definition: TableDefinition): string => digest(JSON.stringify([version(), definition]))

const digest = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
