/** What must hold of the whole warehouse whenever a load has succeeded. Each check gives a sentence for whatever does not. */

import type { Connection } from '../../engine/db/connection.ts'
import { ledgerTables } from '../../engine/publish/ledger.ts'
import { readName, runOf } from '../../engine/publish/names.ts'
import type { Report } from './job.ts'
import type { State } from './model.ts'
import { tables } from './star.ts'
import type { Table } from './star.ts'

/** What was true before and must stay so, over all generations. */
export interface Past {
  /** The key of each member or version that was ever seen, and the member or version of each key. */
  readonly keys: Map<string, number>
  readonly owners: Map<string, string>
  readonly targets: Map<string, { readonly fence: number; readonly lastKey: number }>
  /** The generation of every refresh that was begun since the last success. */
  readonly refreshes: Map<string, number>
}

export const noPast = (): Past => ({ keys: new Map(), owners: new Map(), targets: new Map(), refreshes: new Map() })

/** Everything at once, after a load that published the newest generation of the state. What was replaced may be left where the load could not clear it away. */
export async function faultsOf(connection: Connection, state: State, past: Past, report: Report, tidy = true): Promise<string[]> {
  const found = [
    ...await contentFaults(connection, state, past),
    ...await targetFaults(connection, past),
    ...await runFaults(connection, state, past),
    ...await countFaults(connection, state, report),
    ...tidy ? await orphanFaults(connection) : [],
  ]
  past.refreshes.clear()
  return found
}

const numberAt = (row: Record<string, unknown>, name: string): number => Number(row[name])

/** The rows of all three tables are the model's, to the last value, and every member has the key that it always had. */
export async function contentFaults(connection: Connection, state: State, past: Past): Promise<string[]> {
  const shops = await connection.query('SELECT shop_key, shop_id, name, size, gen FROM shop_dim WHERE shop_key > 0 ORDER BY shop_id')
  const items = await connection.query(`SELECT item_key, item_id, label, price, gen, valid_from, valid_to,
    CASE WHEN is_current THEN 1 ELSE 0 END AS newest FROM item_dim WHERE item_key > 0 ORDER BY item_id, valid_from`)
  const sales = await connection.query(`SELECT f.sale_id, s.shop_id, i.item_id, f.amount, f.gen FROM sale_fact AS f
    JOIN shop_dim AS s ON s.shop_key = f.shop_key JOIN item_dim AS i ON i.item_key = f.item_key ORDER BY f.sale_id`)
  const [unknown] = await connection.query(`SELECT (SELECT COUNT(*) FROM shop_dim WHERE shop_key = -1) AS shops, (SELECT COUNT(*) FROM item_dim WHERE item_key = -1) AS items`)
  const versions = versionsOf(items)
  return [
    ...differs('shop_dim', shops.map(({ shop_id: id, name, size, gen }) => [id, name, size, gen]),
      [...state.shops.values()].map(({ member, generation }) => [member.id, member.name, member.size, generation])),
    ...differs('item_dim', versions.map(({ row, version, chained }) => [row['item_id'], version, row['label'], row['price'], row['gen'], row['newest'], chained]),
      [...state.items.values()].flatMap(({ member, generation, prices }) => prices.map((price, i) =>
        [member.id, i + 1, member.label, price, generation, i === prices.length - 1 ? 1 : 0, true]))),
    ...differs('sale_fact', sales.map((row) => [row['sale_id'], row['shop_id'], row['item_id'], row['amount'], row['gen']]),
      state.sales.map(({ id, shop, item, amount }) => [id, state.shops.has(shop) ? shop : 0, state.items.has(item) ? item : 0, amount, state.path.at(-1)])),
    ...unknown && numberAt(unknown, 'shops') === 1 && numberAt(unknown, 'items') === 1 ? [] : ['a dimension has lost its unknown member, or has two'],
    ...shops.flatMap((row) => keyFaults('shop_dim', `${numberAt(row, 'shop_id')}`, numberAt(row, 'shop_key'), past)),
    ...versions.flatMap(({ row, version }) => keyFaults('item_dim', `${numberAt(row, 'item_id')} version ${version}`, numberAt(row, 'item_key'), past)),
  ]
}

/** The versions of each item in their order: half-open, without a gap, from the first day on, open at the end. */
function versionsOf(rows: readonly Record<string, unknown>[]): { row: Record<string, unknown>; version: number; chained: boolean }[] {
  let version = 0
  return rows.map((row, i) => {
    const before = rows[i - 1]?.['item_id'] === row['item_id'] ? rows[i - 1] : undefined
    const next = rows[i + 1]?.['item_id'] === row['item_id'] ? rows[i + 1] : undefined
    version = before === undefined ? 1 : version + 1
    const begins = before === undefined ? String(row['valid_from']).startsWith('1000-01-01') : true
    return { row, version, chained: begins && (row['valid_to'] ?? null) === (next?.['valid_from'] ?? null) }
  })
}

type Rows = readonly (readonly unknown[])[]

const asText = (rows: Rows): string[] =>
  rows.map((row) => JSON.stringify(row.map((value) => (typeof value === 'bigint' ? Number(value) : value)))).toSorted()

function differs(table: Table, is: Rows, must: Rows): string[] {
  const [found, wanted] = [asText(is), asText(must)]
  const at = wanted.findIndex((row, i) => row !== found[i])
  if (at === -1 && found.length === wanted.length) return []
  return [`${table} has ${found.length} rows where the model has ${wanted.length}; the first difference: ${found[at === -1 ? wanted.length : at]} is there, ${wanted[at]} should be`]
}

/** A member keeps its key, and no key is ever given twice. */
function keyFaults(table: Table, member: string, key: number, { keys, owners }: Past): string[] {
  const had = keys.get(`${table} ${member}`) ?? key
  const owner = owners.get(`${table} ${key}`) ?? member
  keys.set(`${table} ${member}`, key)
  owners.set(`${table} ${key}`, member)
  return [
    ...had === key ? [] : [`${table}: member ${member} had the key ${had}, and has ${key} now`],
    ...owner === member ? [] : [`${table}: the key ${key} was given to member ${owner}, and to ${member} now`],
  ]
}

/** Fences and last keys only grow, no key is above the last one, and nobody has reserved anything. */
async function targetFaults(connection: Connection, { targets, owners }: Past): Promise<string[]> {
  const rows = await connection.query<{ target: string; fence: number; last_key: number; reserved_by: string | null; last_rows: number }>('SELECT * FROM etl_target')
  return rows.flatMap(({ target, fence, last_key: lastKey, reserved_by: holder }) => {
    const before = targets.get(target) ?? { fence: 0, lastKey: 0 }
    targets.set(target, { fence, lastKey })
    const highest = Math.max(0, ...[...owners.keys()].filter((owned) => owned.startsWith(`${target} `)).map((owned) => Number(owned.split(' ')[1])))
    return [
      ...fence > before.fence ? [] : [`${target}: its fence was ${before.fence} and is ${fence}`],
      ...lastKey >= before.lastKey ? [] : [`${target}: its last key was ${before.lastKey} and is ${lastKey}`],
      ...lastKey >= highest ? [] : [`${target}: the key ${highest} was given, and the ledger says ${lastKey}`],
      ...holder === null ? [] : [`${target}: still reserved by ${holder}`],
    ]
  })
}

/** One success for each request that was published, none for any other, and nothing that seems to be at work. */
async function runFaults(connection: Connection, { path }: State, { refreshes }: Past): Promise<string[]> {
  const begun = [...refreshes.keys()].map((id) => `'${id}'`).join(', ')
  const [open] = await connection.query("SELECT COUNT(*) AS n FROM etl_run WHERE status IN ('running', 'staged', 'publishing')")
  const doubled = await connection.query("SELECT request_key FROM etl_run WHERE status = 'succeeded' GROUP BY request_key HAVING COUNT(*) > 1")
  const runs = await connection.query<{ refresh: string; n: number }>(`SELECT refresh, COUNT(*) AS n FROM etl_run WHERE status = 'succeeded' AND refresh IN (${begun}) GROUP BY refresh`)
  const requests = await connection.query<{ refresh: string; n: number }>(`SELECT refresh, COUNT(*) AS n FROM etl_request WHERE status = 'succeeded' AND refresh IN (${begun}) GROUP BY refresh`)
  const inputs = await connection.query(`SELECT i.dimension FROM etl_input AS i JOIN etl_run AS f ON f.run_id = i.run
    JOIN etl_run AS d ON d.run_id = i.dimension_run WHERE f.status = 'succeeded' AND d.status <> 'succeeded'`)
  return [
    ...numberAt(open ?? {}, 'n') === 0 ? [] : [`${numberAt(open ?? {}, 'n')} runs seem to be at work`],
    ...doubled.map((row) => `request ${String(row['request_key'])} has succeeded twice`),
    ...inputs.map((row) => `a fact was published with keys of a run of ${String(row['dimension'])} that was not`),
    ...[...refreshes].flatMap(([id, generation]) => {
      const must = path.includes(generation) ? tables.length : 0
      const said = (rows: readonly { refresh: string; n: number }[]): number => rows.find(({ refresh }) => refresh === id)?.n ?? 0
      return [
        ...said(runs) === must ? [] : [`refresh ${id} (generation ${generation}) has ${said(runs)} successful runs where ${must} ETLs were published`],
        ...said(requests) === must ? [] : [`refresh ${id} (generation ${generation}) has ${said(requests)} successful requests where ${must} ETLs were published`],
      ]
    }),
  ]
}

/** What was reported, what can be counted and what the ledger says are the same, and each table names its run. */
async function countFaults(connection: Connection, state: State, { results }: Report): Promise<string[]> {
  const generation = state.path.at(-1)
  const counting: Readonly<Record<Table, string>> = {
    shop_dim: `SELECT COUNT(*) AS n FROM shop_dim WHERE gen = ${generation}`,
    item_dim: `SELECT COUNT(DISTINCT item_id) AS n FROM item_dim WHERE gen = ${generation}`,
    sale_fact: 'SELECT COUNT(*) AS n FROM sale_fact',
  }
  const faults: string[] = []
  for (const table of tables) {
    const [row = {}] = await connection.query(counting[table])
    const run = runOf((await connection.describe(table))?.comment ?? '')
    const [entered] = await connection.query<{ rows_loaded: number; last_rows: number; status: string }>(
      `SELECT r.rows_loaded, t.last_rows, r.status FROM etl_run AS r JOIN etl_target AS t ON t.target = r.target WHERE r.run_id = '${run}'`)
    const counted = numberAt(row, 'n')
    const reported = results.find(([, name]) => table.startsWith(name))?.[2]
    const numbers = { counted, reported, loaded: Number(entered?.rows_loaded), last: Number(entered?.last_rows) }
    if (new Set(Object.values(numbers)).size > 1) faults.push(`${table}: ${JSON.stringify(numbers)} should be one number`)
    if (entered?.status !== 'succeeded') faults.push(`${table}: the run that its comment names is ${entered?.status}`)
  }
  return faults
}

/** No private table is left but one that was replaced, for a rollback. */
export async function orphanFaults(connection: Connection): Promise<string[]> {
  const faults: string[] = []
  for (const table of tables) {
    const names = await connection.tablesLike(`${table}__`)
    const kept = names.filter((name) => readName(name)?.letter === 'o')
    const orphans = names.filter((name) => !kept.includes(name))
    if (orphans.length > 0) faults.push(`orphans: ${orphans.join(', ')}`)
    if (kept.length > 1) faults.push(`more than one old table is kept: ${kept.join(', ')}`)
  }
  return faults
}

/** All that the ledger holds, as one text: to look for what must not be in it. */
export async function ledgerText(connection: Connection): Promise<string> {
  const rows = []
  for (const table of ledgerTables) rows.push(await connection.query(`SELECT * FROM ${connection.dialect.quote(table)}`))
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
