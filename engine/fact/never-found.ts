/** Key columns that found nobody at all: nearly always they are looked up by the wrong column. */

import type { Connection } from '../db/connection.ts'
import { UNKNOWN_KEY } from '../dimension/dimension.ts'
import type { NeverFound } from '../etl/etl.ts'
import { byOf } from './fact.ts'
import type { DeclaredKey } from './fact.ts'

/** A key column none of whose rows found its member, and the table that its dimension has for this load. */
export interface Lonely {
  readonly name: string
  readonly key: DeclaredKey
  readonly table: string
}

/** Fewer rows than so many say little: their members may only be late. */
export const TELLING = 2

/** Those of them whose dimensions have members. */
export async function neverFound(lonely: readonly Lonely[], connection: Connection): Promise<{ readonly neverFound?: readonly NeverFound[] }> {
  const found: NeverFound[] = []
  for (const { name, key, table } of lonely) {
    if (await hasMembers(connection, table, key.of.key)) found.push({ column: name, by: byOf(key), table: key.of.create.definition(connection.dialect.name).table })
  }
  return found.length === 0 ? {} : { neverFound: found }
}

async function hasMembers(connection: Connection, table: string, key: string): Promise<boolean> {
  const { quote } = connection.dialect
  return (await connection.query(`SELECT 1 AS one FROM ${quote(table)} WHERE ${quote(key)} <> ${UNKNOWN_KEY} LIMIT 1`)).length > 0
}
