import type { Connection } from '../db/connection.ts'
import type { EtlType, PlanStep } from '../etl/etl.ts'
import { declaredColumns } from '../etl/extract.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { ledgerStatements, ledgerTables } from '../publish/ledger.ts'
import { commentWith, oldName, stagingName, workingName } from '../publish/names.ts'
import type { Work } from './before.ts'
import { clockOf } from './sessions.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { counted } from './words.ts'

/** What one ETL would do, statement by statement. */
export interface PlannedEtl {
  readonly type: EtlType
  readonly name: string
  readonly kind: string
  readonly table: string
  readonly steps: readonly PlanStep[]
}

/** What stands for a run's id, which only the run itself gives. */
const someRun = '<run>'

/** What a run would do, in its order. Reads the live state only. */
export async function planOf(session: Connection, config: Config, work: Work, testsSources: boolean): Promise<readonly PlannedEtl[]> {
  const now = await clockOf(session)
  const planned: PlannedEtl[] = []
  for (const entry of work.drop) planned.push(dropPlan(session, entry))
  for (const entry of work.run) {
    const plan = await runPlan(session, config, entry, now, work.drop.includes(entry))
    planned.push(testsSources ? { ...plan, steps: [testStep(entry), ...plan.steps] } : plan)
  }
  return planned
}

/** The statements that make the ledger, where it isn't there yet. */
export async function ledgerPlan(session: Connection): Promise<readonly string[]> {
  const present = await session.tablesLike('etl_')
  return ledgerStatements(session.dialect, ledgerTables.filter((name) => !present.includes(name)))
}

const head = ({ type, name, etl }: Entry, table: string): Omit<PlannedEtl, 'steps'> => ({ type, name, kind: etl.kind, table })

function dropPlan({ dialect }: Connection, entry: Entry): PlannedEtl {
  const { table } = entry.etl.create.definition(dialect.name)
  return { ...head(entry, table), steps: [{ title: 'drop the table and the private ones around it', sql: dialect.dropTable(table) }] }
}

const testStep = ({ etl }: Entry): PlanStep => ({ title: 'test the source read-only, for a few rows', sql: etl.source.text.trim() })

async function runPlan(session: Connection, config: Config, entry: Entry, now: string, isDropped: boolean): Promise<PlannedEtl> {
  const { etl } = entry
  const { dialect } = session
  const definition = etl.create.definition(dialect.name)
  const { table } = definition
  const live = isDropped ? undefined : await session.describe(table)
  const { fence, lastKey } = await targetOf(session, table)
  const staging = stagingName(table, fence + 1)
  const load = etl.plan({
    etl: labelOf(entry), dialect, definition, columns: declaredColumns(definition, dialect), staging, lastKey, refreshedAt: now,
    comment: commentWith(undefined, someRun), live: live && { table, columns: live.columns.map(({ name }) => name) },
    working: (letter) => workingName(table, letter, fence + 1),
    signal: new AbortController().signal, idleSeconds: config.limits.idleSeconds, onRows() {}, log() {},
  })
  return {
    ...head(entry, table),
    steps: [
      { title: `read source ${etl.source.from ?? 'default'}`, sql: etl.source.text.trim() },
      ...all('make the staging table', dialect.createTable(definition, staging, commentWith(definition.comment, someRun))),
      ...load,
      ...all('make its indexes', dialect.createIndexes(definition, staging)),
      { title: 'hold the rows against the count', sql: `SELECT COUNT(*) AS n FROM ${dialect.quote(staging)}` },
      {
        title: 'publish, in one atomic step with all others',
        sql: [...live === undefined ? [] : [[table, oldName(table, fence + 1)]], [staging, table]]
          .map(([from = '', to = '']) => `ALTER TABLE ${dialect.quote(from)} RENAME TO ${dialect.quote(to)}`).join(';\n'),
      },
    ],
  }
}

const all = (title: string, statements: readonly string[]): PlanStep[] => statements.map((sql) => ({ title, sql }))

/** What the ledger knows of a table: nothing, where there is no ledger yet. */
async function targetOf(session: Connection, table: string): Promise<{ fence: number; lastKey: number }> {
  if (!(await session.tablesLike('etl_')).includes('etl_target')) return { fence: 0, lastKey: 0 }
  const [row] = await session.query<{ fence: number; last_key: number }>(
    session.dialect.knex('etl_target').where({ target: table }).select('fence', 'last_key'))
  return { fence: row?.fence ?? 0, lastKey: row?.last_key ?? 0 }
}

/** A plan as a script to read: comments that say what for, and the statements. */
export function planText(planned: readonly PlannedEtl[], ledger: readonly string[], place: string, screen: Screen): string {
  const note = (text: string): string => paint(screen, 'dim', `-- ${text}`)
  const strong = (text: string): string => paint(screen, 'bold', `-- ${text}`)
  const tables = planned.map(({ type, name, kind, table, steps }, i) => [
    strong(`${i + 1}. ${type} ${name}: table ${table} (${kind})`),
    ...steps.flatMap(({ title, sql }) => [note(title), `${sql.replace(/;\s*$/, '')};`]), '',
  ].join('\n'))
  return [
    strong(`the plan for ${place}: ${counted(planned.length, 'step')} in this order. Nothing was touched.`), '',
    ...ledger.length === 0 ? [] : [strong('0. the ledger'), ...ledger.map((sql) => `${sql};`), ''],
    ...tables,
  ].join('\n')
}
