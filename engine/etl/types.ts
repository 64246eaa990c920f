import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { ColumnDefinition, TableDefinition } from '../sql/create.ts'
import { declaredColumns } from './extract.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'

/**
 * Refuses a create whose types can't be loaded: before anything is begun, and before the live table or the source is blamed.
 *
 * @throws {ConfigurationError} naming every such column
 */
export async function refuseTypes(session: Connection, entry: Entry, definition: TableDefinition): Promise<void> {
  await refuseUnknownTypes(session, entry, definition)
  const needed = new Set(entry.etl.needs(definition).map(({ into }) => into))
  const uncarried = declaredColumns(definition, session.dialect).flatMap(({ name, type }) => (needed.has(name) && type.kind === 'other' ? [{ name, type: type.name }] : []))
  if (uncarried.length === 0) return
  const many = uncarried.length === 1 ? '' : 's'
  throw new ConfigurationError(`no load carries the type${many} ${uncarried.map(({ type }) => type).join('; ')}`, {
    where: `${labelOf(entry)}, table ${definition.table}, column${many} ${uncarried.map(({ name }) => name).join(', ')}`, wayOut: 'declare it in another one',
  })
}

/**
 * Refuses a create whose types neither we nor the warehouse know, before they are blamed on the live table or the source.
 * A type that the warehouse alone knows passes.
 *
 * @throws {ConfigurationError} naming every such column
 */
export async function refuseUnknownTypes(session: Connection, entry: Entry, definition: TableDefinition): Promise<void> {
  const unknown = await unknownTypes(session, definition)
  const [first] = unknown
  if (first === undefined) return
  const columns = unknown.map(({ name }) => name).join(', ')
  throw new ConfigurationError(unknown.length === 1 ? `there is no type ${first.type}` : `there are no types ${unknown.map(({ type }) => type).join(', ')}`, {
    where: `${labelOf(entry)}, the create of table ${definition.table}, column${unknown.length === 1 ? '' : 's'} ${columns}`,
    wayOut: unknown.map((column) => wayOutOf(session, column, unknown.length > 1)).join('; '),
  })
}

/** The columns of types that nobody knows; the database is asked only for those that we don't. */
async function unknownTypes(session: Connection, { columns }: TableDefinition): Promise<readonly ColumnDefinition[]> {
  const unknown: ColumnDefinition[] = []
  for (const column of columns) {
    if (session.dialect.readType(column.type).kind === 'other' && !await session.knowsType(column.type)) unknown.push(column)
  }
  return unknown
}

function wayOutOf({ dialect }: Connection, { name, type }: ColumnDefinition, isOfMany: boolean): string {
  const meant = didYouMean(type.replaceAll(/\(.*\)|\b(?:UNSIGNED|SIGNED|ZEROFILL)\b/gs, ' ').trim().replaceAll(/\s+/g, ' '), dialect.typeWords)
  const of = isOfMany ? `${name}: ` : ''
  return meant === undefined ? `${of}use a type that the warehouse has, or write create({ ${dialect.name}: '…' }) for it` : `${of}did you mean ${meant}?`
}
