import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { version } from '../version.ts'
import type { Entry } from './registry.ts'

/**
 * What an ETL makes of the rows of a source (`from`: its URL), in short: two workers that have the same make the same rows of the same range.
 * Undefined where that can't be told: its code has changed since this process began.
 */
export async function fingerprintOf({ type, name, etl }: Entry, dialect: string, from: string, folder = process.cwd()): Promise<string | undefined> {
  const dimensions = Object.entries(etl.uses).map(([key, of]) => [key, of.create.definition(dialect)])
  const project = etl.makes?.code === true ? await codeOf(folder) : ''
  if (project === undefined) return undefined
  return digest(JSON.stringify([version(), type, name, etl.kind, addressOf(from), etl.create.definition(dialect), dimensions, etl.makes?.declared, project]))
}

/** Where a URL leads to, without who goes there: two who read one source may be two users of it. */
function addressOf(url: string): string {
  const { protocol, host, pathname, searchParams } = new URL(url)
  return `${protocol}//${host}${pathname} ${searchParams.get('schema') ?? ''}`
}

/** What code may be in. */
const code = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'])

const begun = Date.now() - process.uptime() * 1000

const known = new Map<string, Promise<string | undefined>>()

/**
 * All code of a project, in short: a function may call others, and nobody can tell which. Where any of it has changed since
 * the process began, which may have read it before or after, it has none.
 */
function codeOf(folder: string): Promise<string | undefined> {
  const found = known.get(folder) ?? readCode(folder).catch(() => undefined)
  known.set(folder, found)
  return found
}

async function readCode(folder: string): Promise<string | undefined> {
  const lines: string[] = []
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
  const found = files.filter((name) => code.has(extname(name)) || (hasCode && extname(name) === '.json')).map((name) => join(under, name))
  for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))) found.push(...await filesOf(folder, join(under, name)))
  return found.toSorted()
}

const digest = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
