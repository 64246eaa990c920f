import { StoppedError } from '../errors.ts'
import { redact } from '../redact.ts'
import type { EtlReport } from '../etl/run-all.ts'
import type { SourceCheck } from '../etl/source-check.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import { warningsOf } from '../etl/warning.ts'
import type { Config } from '../etl/registry.ts'
import { failuresOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { nextCommand } from './next-command.ts'
import { formLines } from './form-lines.ts'
import { countsTable } from './counts-table.ts'
import { metTexts } from './met.ts'
import { paint } from './terminal.ts'
import type { Io, Screen } from './terminal.ts'
import { counted, duration, folded, grouped, wrapped } from './words.ts'

/** The report of a run, as text: the ancestor's list, the counts, a total to check, what failed, and what to try next. */
export function reportText(outcome: Outcome, config: Config, io: Io): string {
  const { out } = io
  const { sources, dropped = [], report, seconds } = outcome
  const etls = report?.etls ?? []
  const published = etls.filter(({ status }) => status === 'published')
  const fold = (lines: readonly string[]): string[] => lines.map((line) => folded(line, out.width(), 2))
  const parts = [
    // A test that went well is worth its own lines only where it was all that was asked for.
    sources !== undefined && (report === undefined && dropped.length === 0 || sources.some(({ error }) => error)) ? fold(sourceLines(out, sources)) : [],
    dropped.length > 0 ? [wrapped('dropped  ', dropped, out.width())] : [],
    rollbackLines(outcome, out),
    resultLines(out, published),
    etls.length > 0 ? [countsTable(etls, out), ...fold([...notFoundLines(etls), ...quarantinedLines(etls)])] : [],
    formLines(etls, out.width()),
    fold(warningLines(out, etls)),
    relationshipLines(published, config, io.out),
    fold(totalLines(published)),
    failureLines(outcome, io),
    fold(endLines(outcome, out, published.length, seconds)),
    nextCommand(config, outcome),
  ]
  return `${parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n').trimEnd()).join('\n\n')}\n`
}

/** What stands now, and what stands no more. */
function rollbackLines({ rolledBack }: Outcome, screen: Screen): string[] {
  const tables = rolledBack?.tables ?? []
  const back = tables.filter(({ run }) => run.replaced !== null).map(({ run, liveRows, oldRows }) => `${run.target} ${rowsText(oldRows)} (was ${rowsText(liveRows)})`)
  const gone = tables.filter(({ run }) => run.replaced === null).map(({ run }) => run.target)
  const lines = (head: string, items: readonly string[]): string[] => (items.length === 0 ? [] : [wrapped(head, items, screen.width())])
  return [...lines('put back  ', back), ...lines('taken away  ', gone)]
}

const rowsText = (rows: number | undefined): string => (rows === undefined ? '?' : grouped(rows))

/** The list that the ancestor's readers know: one line for each type. */
function resultLines(screen: Screen, published: readonly EtlReport[]): string[] {
  return (['dimension', 'fact'] as const).flatMap((type) => {
    const results = published.flatMap(({ result }) => (result?.[0] === type ? [`${result[1]} ${result[2]}`] : []))
    return results.length === 0 ? [] : [wrapped(`${type}  `, results, screen.width())]
  })
}

function sourceLines(screen: Screen, sources: readonly SourceCheck[]): string[] {
  const width = Math.max(...sources.map(({ entry }) => labelOf(entry).length))
  return sources.map(({ entry, rows, error }) => {
    const mark = error === undefined ? paint(screen, 'green', 'ok    ') : paint(screen, 'red', 'failed')
    return `${mark}  ${labelOf(entry).padEnd(width)}${error === undefined ? `  ${counted(rows, 'row')} read` : ''}`
  })
}

/** For each key column whose lookups found nobody: how many rows point at the unknown member, or were rejected. */
function notFoundLines(etls: readonly EtlReport[]): string[] {
  const lines = etls.flatMap(({ table, counts }) => Object.entries(counts?.notFound ?? {})
    .filter(([, rows]) => rows > 0).map(([column, rows]) => `  ${table}.${column}: ${counted(rows, 'row')}`))
  return lines.length === 0 ? [] : ['', 'Members not found:', ...lines]
}

/** What is not wrong, and should be looked at. */
function warningLines(screen: Screen, etls: readonly EtlReport[]): string[] {
  return etls.flatMap((etl) => (etl.counts === undefined ? [] : warningsOf(etl.counts)).map(({ text }) => `${paint(screen, 'yellow', 'Have a look:')} ${labelOf(etl)}: ${text}`))
}

/** For each column that rows did not fit: how many were set aside, and the first of them. */
function quarantinedLines(etls: readonly EtlReport[]): string[] {
  const lines = etls.flatMap(({ table, counts }) => (counts?.quarantined ?? [])
    .map(({ column, rows, row, reason }) => `  ${table}.${column}: ${counted(rows, 'row')}, the first is row ${row}: ${redact(reason)}`))
  return lines.length === 0 ? [] : ['', 'Rows set aside, in etl_bad_row:', ...lines]
}

/** A FOREIGN KEY of a create is no constraint on a table that is swapped: the load held it, and says so. */
function relationshipLines(published: readonly EtlReport[], config: Config, screen: Screen): string[] {
  const held = entriesOf(config).filter(({ type, name }) => published.some((report) => report.type === type && report.name === name))
    .flatMap(({ name, etl }) => etl.create.definition().foreignKeys.map((key) => `${name}.${key.columns.join('+')} in ${key.table}`))
  return held.length === 0 ? [] : [wrapped('Foreign keys held by a check, not by a constraint:  ', held, screen.width())]
}

function totalLines(published: readonly EtlReport[]): string[] {
  return published.flatMap(({ name, result, counts }) => (counts?.total === undefined || result === undefined ? []
    : [`Total to check: ${name}.${counts.total.column} = ${grouped(counts.total.value)} over ${counted(result[2], 'row')}`]))
}

/** Each failure once, with all whom it met. */
function failureLines({ sources = [], report, error }: Outcome, io: Io): string[] {
  const met = [
    ...sources.map((check) => ({ error: check.error, label: labelOf(check.entry) })),
    ...(report?.etls ?? []).map((etl) => ({ error: etl.status === 'failed' ? etl.error : undefined, label: labelOf(etl) })),
    { error: report?.error }, { error },
  ]
  return metTexts(met.flatMap((meeting) => (meeting.error === undefined ? [] : [{ ...meeting, error: meeting.error }])), io)
}

function endLines(outcome: Outcome, screen: Screen, published: number, seconds: number): string[] {
  const { sources, report, dropped } = outcome
  const failed = failuresOf(outcome).length > 0
  const took = duration(seconds)
  if (outcome.rolledBack !== undefined) return [`Rolled back refresh ${outcome.rolledBack.refresh}: ${counted(outcome.rolledBack.tables.length, 'table')} in ${took}.`]
  if (report === undefined) {
    if (sources === undefined && dropped === undefined) return []
    if (!failed) return [`${sources === undefined ? '' : `${counted(sources.length, 'source')} tested, all well `}(${took})`]
    return [`${dropped === undefined ? 'Nothing was run, dropped or changed' : 'Nothing was run'} (${took}).`]
  }
  const stays = 'Tables that were not published stay as they were.'
  const what = `${published === 0 ? 'nothing' : counted(published, 'table')} in ${took}`
  if (failuresOf(outcome).some((error) => error instanceof StoppedError)) return [paint(screen, 'yellow', `Stopped; published ${what}. ${stays}`)]
  const skipped = report.etls.filter(({ status }) => status === 'skipped').length
  const bad = report.etls.filter(({ status }) => status === 'failed').length
  if (!failed) return [`Published ${what}.`]
  const held = report.heldBack === undefined ? 0 : report.etls.filter(({ status }) => status === 'loaded').length
  const rest = [[bad, 'failed'], [skipped, 'skipped'], [held, "held back by publish: 'all-or-nothing'"]].flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`])).join(', ')
  return [paint(screen, 'yellow', `Published ${what}${rest === '' ? '' : `; ${rest}`}. ${stays}`)]
}
