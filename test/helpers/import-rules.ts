/** Who may import whom. Every rule takes the files and gives the lines that break it. */

import { posix } from 'node:path'
import { importsOf, tokensOf } from './import-reader.ts'
import type { Import, Token } from './import-reader.ts'

/** Text by path from the repository's root. */
export type Files = ReadonlyMap<string, string>

interface Line extends Import {
  file: string
  /** The file that a relative import names, from the root; or undefined where it names a package. */
  target: string | undefined
}

/** From the top; an entry may import what stands in a line below its own, and nothing beside or above it. */
const ENGINE: readonly (readonly string[])[] = [
  ['engine/index.ts'],
  ['engine/run.ts', 'engine/main.ts', 'engine/thread.ts'],
  ['engine/cli', 'engine/queue'],
  ['engine/fact', 'engine/schedule'],
  ['engine/dimension', 'engine/define-config.ts', 'engine/load-config.ts'],
  ['engine/origins.ts', 'engine/config-shape.ts'],
  ['engine/etl'],
  ['engine/publish', 'engine/source'],
  ['engine/db'],
  ['engine/sql', 'engine/log.ts'],
  ['engine/redact.ts', 'engine/env.ts', 'engine/error-document.ts'],
  ['engine/errors.ts', 'engine/plural.ts', 'engine/frozen.ts', 'engine/folders.ts', 'engine/version.ts'],
]

/** The same for what a team writes; it knows the engine by its public name only. */
const TOP: readonly (readonly string[])[] = [
  ['run.ts', 'tasks'],
  ['config.ts'],
  ['facts'],
  ['dimensions'],
  ['sources', 'creates'],
]

const PACKAGES: Record<string, string> = {
  'bullmq': 'engine/queue',
  'ioredis': 'engine/queue',
  '@electric-sql/pglite': 'engine/queue',
  'knex': 'engine/db',
  'mysql2': 'engine/db',
  '@duckdb/node-api': 'engine/db',
  'pg': 'engine/db',
  'pg-copy-streams': 'engine/db',
  'cron-parser': 'engine/schedule',
  'yargs': 'engine/cli',
  'winston': 'engine/log.ts',
}

const LATE = ['bullmq', 'ioredis', '@electric-sql/pglite']
const DIALECTS = new Set(['mysql', 'mariadb', 'mysql2', 'duckdb', 'postgres', 'postgresql', 'pg', 'sqlite', 'mssql', 'oracle'])
const LONGEST_ENGINE_FILE = 300

/** Every broken rule as `file:line: imports 'x': rule`, sorted. */
export function violations(files: Files): string[] {
  const lines = [...files].flatMap(([file, text]) => importsOf(text).map((found): Line => ({ ...found, file, target: targetOf(file, found.from) })))
  const broken = lines.flatMap((line) => [...faceRule(line), ...layerRule(line), ...packageRule(line)].map((rule) => said(line, rule)))
  return [...broken, ...circles(lines), ...earlyQueue(lines), ...[...files].flatMap(textRules)].toSorted(byAlphabet)
}

const byAlphabet = (a: string, b: string) => a < b ? -1 : Number(a > b)

const said = ({ file, line, from }: Line, rule: string) => `${file}:${line}: imports '${from}': ${rule}`

function targetOf(file: string, from: string): string | undefined {
  return from.startsWith('.') ? posix.join(posix.dirname(file), from) : undefined
}

/** A whole star kept for a test is written like the top level of a team's own repository. */
const withoutStar = (path: string) => path.replace(/^test\/warehouses\/[^/]+\//, '')

/** The place in a list of layers: its row, and the entry that the path belongs to. */
function placeOf(path: string, layers: readonly (readonly string[])[]): { row: number, entry: string } | undefined {
  for (const [row, entries] of layers.entries()) {
    const entry = entries.find((each) => path === each || path.startsWith(`${each}/`))
    if (entry !== undefined) return { row, entry }
  }
  return undefined
}

const isEngine = (path: string) => path.startsWith('engine/')
const isTop = (path: string) => placeOf(withoutStar(path), TOP) !== undefined

/** Between the engine and everything else there is one door. */
function faceRule({ file, from, target }: Line): string[] {
  const ofEngine = target !== undefined && isEngine(target) || from.startsWith('starline/')
  if (isTop(file) && ofEngine) return ["the top level knows the engine as 'starline' only"]
  if (isEngine(file) && (from === 'starline' || from.startsWith('starline/'))) return ['the engine does not go through its own public face']
  if (isEngine(file) && target !== undefined && !isEngine(target) && target !== 'package.json') {
    return ['the engine imports nothing outside itself: what it needs is handed in']
  }
  return []
}

function layerRule(line: Line): string[] {
  if (line.target === undefined) return []
  if (isEngine(line.file)) return isEngine(line.target) ? downward(line.file, line.target, ENGINE) : []
  return isTop(line.file) && !isEngine(line.target) ? topDownward(line.file, line.target) : []
}

function topDownward(file: string, target: string): string[] {
  const inside = placeOf(withoutStar(target), TOP)
  return inside ? downward(withoutStar(file), withoutStar(target), TOP) : ['the top level imports only itself and packages']
}

function downward(file: string, target: string, layers: readonly (readonly string[])[]): string[] {
  const [here, there] = [placeOf(file, layers), placeOf(target, layers)]
  if (!here || !there) return [`${here ? target : file} has no layer: give it one in test/helpers/import-rules.ts`]
  if (here.entry === there.entry || here.row < there.row) return []
  return [here.row === there.row
    ? `${here.entry} and ${there.entry} are siblings: neither imports the other`
    : `only downward, types included: ${there.entry} is above ${here.entry}`]
}

function packageRule({ file, from, target }: Line): string[] {
  if (target !== undefined || !isEngine(file) && !isTop(file)) return []
  const name = Object.keys(PACKAGES).find((each) => from === each || from.startsWith(`${each}/`))
  const home = name === undefined ? undefined : PACKAGES[name]!
  return home === undefined || file === home || file.startsWith(`${home}/`) ? [] : [`${name} only under ${home}`]
}

/** One line for each circle, told from its first file in the alphabet. */
function circles(lines: readonly Line[]): string[] {
  const next = byFile(lines.filter((line) => line.target !== undefined))
  const finished = new Set<string>()
  const found = new Map<string, string>()
  const visit = (file: string, path: Line[]) => {
    if (finished.has(file)) return
    for (const line of next.get(file) ?? []) {
      if (line.target === undefined) continue
      const begin = path.findIndex((each) => each.file === line.target)
      const circle = begin >= 0 ? [...path.slice(begin), line] : line.target === file ? [line] : undefined
      if (circle) found.set(circle.map((each) => each.file).toSorted(byAlphabet).join(), tell(circle))
      else visit(line.target, [...path, line])
    }
    finished.add(file)
  }
  for (const file of [...next.keys()].toSorted(byAlphabet)) visit(file, [])
  return [...found.values()]
}

function byFile(lines: readonly Line[]): Map<string, Line[]> {
  const grouped = new Map<string, Line[]>()
  for (const line of lines) grouped.set(line.file, [...grouped.get(line.file) ?? [], line])
  return grouped
}

const tell = (circle: readonly Line[]) =>
  said(circle[0]!, `no circles: ${[...circle, circle[0]!].map((each) => each.file).join(' → ')}`)

/** `run.ts` works where the queue's packages are not installed, so no chain of ordinary imports may lead to them. */
function earlyQueue(lines: readonly Line[]): string[] {
  const early = byFile(lines.filter((line) => !line.late && !line.type))
  const seen = new Set<string>(['run.ts', 'engine/index.ts'])
  const broken: string[] = []
  for (const file of seen) {
    for (const line of early.get(file) ?? []) {
      if (line.target !== undefined) seen.add(line.target)
      if (LATE.includes(line.from)) broken.push(said(line, "the queue's packages are loaded late, and 'starline' leads here at once"))
    }
  }
  return broken
}

function textRules([file, text]: [string, string]): string[] {
  if (!isEngine(file)) return []
  const length = text.trimEnd().split('\n').length
  const long = length < LONGEST_ENGINE_FILE ? [] : [`${file}:${length}: the file has ${length} lines: under ${LONGEST_ENGINE_FILE}, please`]
  return file.startsWith('engine/db/') ? long : [...long, ...dialectConditions(file, tokensOf(text))]
}

/** A condition on a dialect's name: a comparison, a case, or a question such as `.includes('mysql')`. */
function dialectConditions(file: string, tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'string' || !DIALECTS.has(token.text.replace(/:?\/*$/, '').toLowerCase())) return []
    const [two, one, next] = [tokens[index - 2], tokens[index - 1], tokens[index + 1]]
    const compared = [one, next].some((each) => each?.kind === 'mark' && ['===', '!==', '==', '!='].includes(each.text))
    const cased = one?.kind === 'word' && one.text === 'case'
    const asked = one?.text === '(' && ['includes', 'startsWith', 'indexOf', 'has', 'test', 'match'].includes(two?.text ?? '')
    return compared || cased || asked || isInAskedList(tokens, index)
      ? [`${file}:${token.line}: asks for '${token.text}': no conditions on a dialect's name outside engine/db: ask the dialect for a word or a flag`]
      : []
  })
}

/** `['mysql', 'mariadb'].includes(name)` */
function isInAskedList(tokens: readonly Token[], index: number): boolean {
  let at = index + 1
  while (tokens[at]?.kind === 'string' || tokens[at]?.text === ',') at++
  return tokens[at]?.text === ']' && tokens[at + 1]?.text === '.' && ['includes', 'indexOf'].includes(tokens[at + 2]?.text ?? '')
}
