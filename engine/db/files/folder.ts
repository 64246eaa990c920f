import { readFile, readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ConfigurationError } from '../../errors.ts'
import { foldName } from '../../sql/identifiers.ts'
import type { TableDefinition } from '../../sql/table-definition.ts'
import { readSchema } from './schema.ts'

/** A file that is a table. */
export interface TableFile {
  readonly table: string
  /** Its real path, and how it is named in messages. */
  readonly path: string
  readonly shown: string
  readonly kind: 'csv' | 'tsv' | 'parquet' | 'json' | 'lines'
  readonly definition: TableDefinition | undefined
}

const KINDS: Readonly<Record<string, TableFile['kind']>> = {
  '.csv': 'csv', '.csv.gz': 'csv', '.tsv': 'tsv', '.tsv.gz': 'tsv', '.parquet': 'parquet',
  '.json': 'json', '.json.gz': 'json', '.jsonl': 'lines', '.jsonl.gz': 'lines', '.ndjson': 'lines', '.ndjson.gz': 'lines',
}
const ENDING = /\.(?:(?:csv|tsv|json|jsonl|ndjson)(?:\.gz)?|parquet)$/i

/**
 * The files of a folder that are tables, with the types that its `schema.sql` declares.
 *
 * @throws {ConfigurationError} where the folder is missing or has no such file, or two files have one base name
 */
export async function readFolder(folder: string, place: string): Promise<{ readonly real: string; readonly files: readonly TableFile[] }> {
  const names = await namesIn(folder, place)
  const real = await realpath(resolve(folder))
  const definitions = names.includes('schema.sql')
    ? readSchema(await readFile(join(real, 'schema.sql'), 'utf8'), join(folder, 'schema.sql'))
    : new Map<string, TableDefinition>()
  const files = await Promise.all(names.filter((name) => ENDING.test(name) && !name.startsWith('.')).map(async (name) => {
    const table = name.replace(ENDING, '')
    return tableFile(await realpath(join(real, name)), join(folder, name), table, definitions.get(foldName(table)))
  }))
  if (files.length === 0) {
    throw new ConfigurationError('there is no file that is a table', { where: place, wayOut: `put files there that end in ${Object.keys(KINDS).join(' ')}` })
  }
  refuseDoubles(files, place)
  return { real, files }
}

/**
 * One file as the table of this name.
 *
 * @throws {ConfigurationError} where there is no such file
 */
export async function oneFile(path: string, table: string): Promise<TableFile> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) {
    throw new ConfigurationError('there is no such file', { where: path, wayOut: `the path is relative to ${process.cwd()}` })
  }
  return tableFile(await realpath(resolve(path)), path, table, undefined)
}

function tableFile(path: string, shown: string, table: string, definition: TableDefinition | undefined): TableFile {
  const ending = ENDING.exec(basename(shown))?.[0].toLowerCase() ?? '.csv'
  return { table, path, shown, kind: KINDS[ending] ?? 'csv', definition }
}

async function namesIn(folder: string, place: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    throw new ConfigurationError('the folder can\'t be read', {
      where: place, why: error instanceof Error ? error.message : String(error), cause: error, wayOut: `the path is relative to ${process.cwd()}`,
    })
  }
}

function refuseDoubles(files: readonly TableFile[], place: string): void {
  const seen = new Map<string, TableFile>()
  for (const file of files) {
    const other = seen.get(foldName(file.table))
    if (other !== undefined) {
      throw new ConfigurationError(`${basename(other.shown)} and ${basename(file.shown)} would both be the table ${file.table}`, { where: place, wayOut: 'rename one of them' })
    }
    seen.set(foldName(file.table), file)
  }
}
