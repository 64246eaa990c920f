import type { Value } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { NAMED } from './obstacle.ts'
import { literal, quote } from './text.ts'

/**
 * The statements that give a staging table what its administrator has set on the live one and no create can say: storage
 * and autovacuum options, what logical replication sends of a row, how closely columns are looked at for statistics, and
 * comments of columns that the create leaves without. Nobody knows the staging table yet, so none of them waits.
 */
export async function carriedSettings(ask: Ask, live: string, staging: string): Promise<string[]> {
  const name = quote(staging)
  const [table] = await ask(`SELECT array_to_json(c.reloptions)::text AS options, array_to_json(t.reloptions)::text AS toast, c.relreplident AS identity
    FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid WHERE c.oid = ${NAMED}`, [live])
  const columns = await ask(`SELECT a.attname AS name, coalesce(a.attstattarget, -1) AS target, array_to_json(a.attoptions)::text AS options,
      CASE WHEN col_description(s.attrelid, s.attnum) IS NULL THEN col_description(a.attrelid, a.attnum) END AS comment
    FROM pg_attribute AS a JOIN pg_attribute AS s ON s.attname = a.attname AND s.attrelid = ${NAMED} AND s.attnum > 0 AND NOT s.attisdropped
    WHERE a.attrelid = ${NAMED} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, [staging, live])
  const options = [...optionsOf(table?.['options']), ...optionsOf(table?.['toast']).map((option) => `toast.${option}`)]
  const looked = columns.flatMap((column) => statisticsOf(name, column))
  return [
    ...options.length === 0 ? [] : [`ALTER TABLE ${name} SET (${options.join(', ')})`],
    ...IDENTITIES.filter(({ letter }) => letter === table?.['identity']).map(({ word }) => `ALTER TABLE ${name} REPLICA IDENTITY ${word}`),
    ...columns.flatMap(({ name: column, comment }) => typeof comment === 'string' ? [`COMMENT ON COLUMN ${name}.${quote(String(column))} IS ${literal(comment)}`] : []),
    // The table was looked at before they were set.
    ...looked, ...looked.length === 0 ? [] : [`ANALYZE ${name}`],
  ]
}

const IDENTITIES = [{ letter: 'f', word: 'FULL' }, { letter: 'n', word: 'NOTHING' }]

function statisticsOf(table: string, { name, target, options }: Record<string, Value>): string[] {
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${quote(String(name))} SET`
  const stated = optionsOf(options)
  return [...Number(target) < 0 ? [] : [`${alter} STATISTICS ${Number(target)}`], ...stated.length === 0 ? [] : [`${alter} (${stated.join(', ')})`]]
}

/** `fillfactor=70` as it is written in a statement. */
function optionsOf(json: Value | undefined): string[] {
  const options = typeof json === 'string' ? JSON.parse(json) as string[] : []
  return options.map((option) => option.replace(/^([^=]*)=([^]*)$/, (_, name: string, value: string) => `${name} = ${literal(value)}`))
}
