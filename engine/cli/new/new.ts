import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Dimension } from '../../dimension/dimension.ts'
import { ConfigurationError, messageOf } from '../../errors.ts'
import { databasesOf } from '../../etl/context.ts'
import { entriesOf, labelOf } from '../../etl/registry.ts'
import type { Config } from '../../etl/registry.ts'
import { withSession } from '../../etl/sessions.ts'
import { makeFolder } from '../../folders.ts'
import { columnNameProblem, foldName, tableNameProblem } from '../../sql/identifiers.ts'
import type { Door } from '../door.ts'
import { exportedOf } from '../exported.ts'
import { loadConfig } from '../../load-config.ts'
import { untilStopped } from '../stop.ts'
import type { Io } from '../terminal.ts'
import { wrapped } from '../words.ts'
import type { Written } from '../written.ts'
import { draftDimension, draftFact } from './draft.ts'
import type { Draft } from './draft.ts'
import { newFlagsOf } from './flags.ts'
import type { NewFlags } from './flags.ts'
import { etlNameProblem } from './names.ts'
import { readTable } from './read-table.ts'
import { withExport, withListed } from './register.ts'
import { textsOf } from './texts.ts'
import type { Text } from './texts.ts'

/** What came of it. */
interface Done {
  readonly type: string
  readonly name: string
  readonly written: readonly string[]
  /** Files that were there, and have the name now. */
  readonly changed: readonly string[]
  /** Lines that are left to write. */
  readonly byHand: readonly { readonly file: string; readonly line: string }[]
  readonly leftOut: readonly string[]
  /** The command that loads it. */
  readonly next: string
}

/** `starline new`: declares a dimension or fact of a live table. The exit code. */
export async function newEtl(written: Written, door: Door): Promise<number> {
  const flags = newFlagsOf(written)
  refuseName(flags)
  refuseThere(flags, [`sources/${flags.name}.ts`, `creates/${flags.name}.ts`, `${flags.type}s/${flags.name}.ts`])
  const config = await loadConfig(door.config)
  return untilStopped(async ({ signal }) => {
    const draft = await draftOf(config, flags, door, signal)
    const texts = textsOf(draft, flags.type)
    refuseTable(config, draft, flags)
    const done = { type: flags.type, name: flags.name, leftOut: draft.leftOut, next: nextOf(config, flags, draft), written: await write(texts), ...await register(flags) }
    door.io.out.write(flags.json ? `${JSON.stringify(done, undefined, 2)}\n` : textOf(done, door.io))
    return 0
  })
}

function refuseName({ name, table }: NewFlags): void {
  const hostile = columnNameProblem(table)
  if (hostile !== undefined) throw new ConfigurationError(`${JSON.stringify(table)} can't be the name of a table`, { why: hostile, wayOut: 'name a table or view of the source, without a schema' })
  const problem = etlNameProblem(name)
  if (problem !== undefined) throw new ConfigurationError(`${JSON.stringify(name)} can't be the name of what is made of ${JSON.stringify(table)}`, { why: problem, wayOut: 'give it another one: --name customer' })
}

function refuseThere({ name }: NewFlags, paths: readonly string[]): void {
  const there = paths.filter((path) => existsSync(path))
  if (there.length === 0) return
  throw new ConfigurationError(`${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already: nothing was written`, { wayOut: `give it another name than ${name}: --name`, where: process.cwd() })
}

/** A table of the warehouse belongs to one ETL. */
function refuseTable(config: Config, { name }: Draft, { type }: NewFlags): void {
  const table = `${name}_${type === 'dimension' ? 'dim' : 'fact'}`
  const problem = tableNameProblem(table)
  if (problem !== undefined) throw new ConfigurationError(`${table} can't be the name of a table`, { why: problem, wayOut: 'give it a shorter one with --name' })
  const owner = entriesOf(config).find((entry) => entry.name === name || foldName(entry.etl.create.definition().table) === foldName(table))
  if (owner !== undefined) throw new ConfigurationError(`${labelOf(owner)} has the name or the table ${table} already`, { wayOut: 'give it another name with --name' })
}

async function draftOf(config: Config, { type, name, table, source, kind, lookup }: NewFlags, door: Door, signal: AbortSignal): Promise<Draft> {
  const from = source === undefined || source === 'default' ? undefined : source
  const dimensions = type === 'fact' ? await exportedOf(door, 'dimension') : []
  const databases = databasesOf(config)
  try {
    const live = await withSession(await databases.source(from), signal, (session) => readTable(session, table, { signal, idleSeconds: config.deadlines.idleSeconds }))
    if (type === 'dimension') return draftDimension(live, { name, source: from, kind, lookup })
    return draftFact(live, { name, source: from, kind, dimensions: dimensions.filter(({ etl }) => 'lookup' in etl).map((entry) => ({ name: entry.name, dimension: entry.etl as Dimension })) })
  } finally {
    await databases.close()
  }
}

/** A fact finds its keys in tables that have to be there: its dimensions are loaded with it. */
function nextOf({ dimensions }: Config, { type, name }: NewFlags, { keys }: Draft): string {
  const used = [...new Set(keys.map(({ dimension }) => dimension))].filter((each) => each in dimensions)
  const isAlone = type === 'dimension' || used.length === 0
  return `npx starline run ${isAlone ? `--run_${type}s` : '--run_dimensions --run_facts'} --select ${[...isAlone ? [] : used, name].join(',')}`
}

async function write(texts: readonly Text[]): Promise<string[]> {
  try {
    for (const { path, text } of texts) {
      makeFolder(dirname(path))
      await writeFile(path, text, { flag: 'wx' })
    }
  } catch (error) {
    throw new ConfigurationError('the files can\'t be written', { where: process.cwd(), why: messageOf(error), cause: error })
  }
  return texts.map(({ path }) => path)
}

/** Adds the name where that is certain to be right, and gives the lines to write where it isn't. */
async function register({ type, name }: NewFlags): Promise<Pick<Done, 'changed' | 'byHand'>> {
  const index = `${type}s/index.ts`
  const steps = [
    { file: index, change: (text: string) => withExport(text, name), lines: [`export { ${name} } from './${name}.ts'`] },
    { file: 'config.ts', change: (text: string) => withListed(text, type, name), lines: [`import { ${name} } from './${index}'`, `${type}s: { …, ${name} }`] },
  ]
  const changed: string[] = []
  const byHand: { file: string; line: string }[] = []
  for (const { file, change, lines } of steps) {
    const before = existsSync(file) ? await readFile(file, 'utf8') : file === index ? '' : undefined
    const after = before === undefined ? undefined : change(before)
    if (after === undefined) byHand.push(...lines.map((line) => ({ file, line })))
    else {
      await writeFile(file, after)
      changed.push(file)
    }
  }
  return { changed, byHand }
}

function textOf({ name, written, changed, byHand, leftOut, next }: Done, { out }: Io): string {
  const lines = [
    wrapped('Wrote  ', written, out.width()),
    ...changed.length === 0 ? [] : [wrapped(`Added ${name} to  `, changed, out.width())],
    ...byHand.map(({ file, line }) => `By hand, in ${file}:  ${line}`),
    ...leftOut.length === 0 ? [] : [wrapped('Left out, for no load carries it:  ', leftOut, out.width())],
  ]
  return `${lines.join('\n')}\n\nNext: ${next}\n`
}
