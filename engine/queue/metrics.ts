import { version } from '../version.ts'
import type { Health } from './health.ts'
import { bounds } from './tally.ts'
import type { Tally } from './tally.ts'

/** What is told of a worker at one moment. */
export interface Figures {
  readonly active: number
  readonly tally: Tally
  readonly health: Health
  /** How many jobs are in each state, by queue. */
  readonly counts: ReadonlyMap<string, Readonly<Record<string, number>>>
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string]

/** The figures as Prometheus reads them: its text format, version 0.0.4. */
export function metricsText({ active, tally, health, counts }: Figures): string {
  const tasks = [...tally.tasks]
  return [
    metric('starline_build_info', 'gauge', 'What runs.', [[{ version: version(), node: process.versions.node }, 1]]),
    metric('starline_queue_up', 'gauge', 'Whether the queue answers.', [[{}, Number(health.queue === 'up')]]),
    metric('starline_warehouse_up', 'gauge', 'Whether the warehouse answers.', [[{}, Number(health.warehouse === 'up')]]),
    metric('starline_jobs_active', 'gauge', 'Jobs that this worker is working on.', [[{}, active]]),
    metric('starline_jobs_total', 'counter', 'Attempts at jobs that have ended, by how.', tasks.flatMap(([task, { outcomes }]) =>
      (['succeeded', 'failed', 'retried', 'put_off', 'given_back'] as const).map((outcome): Sample => [{ task, outcome }, outcomes.get(outcome) ?? 0]))),
    metric('starline_job_seconds', 'histogram', 'How long attempts at jobs took.', tasks.flatMap(([task, { within, count, seconds }]): Sample[] => [
      ...bounds.map((bound, at): Sample => [{ task, le: String(bound) }, within[at] ?? 0, '_bucket']),
      [{ task, le: '+Inf' }, count, '_bucket'], [{ task }, seconds, '_sum'], [{ task }, count, '_count'],
    ])),
    metric('starline_rows_loaded_total', 'counter', 'Rows that were loaded, by ETL.', [...tally.rows].map(([etl, rows]): Sample => [{ etl }, rows])),
    metric('starline_queue_jobs', 'gauge', 'Jobs in a queue, by state.', [...counts].flatMap(([queue, states]) => Object.entries(states).map(([state, jobs]): Sample => [{ queue, state }, jobs]))),
  ].join('')
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value, suffix = '']) => `${name}${suffix}${written(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function written(labels: Readonly<Record<string, string>>): string {
  const each = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
  return each.length === 0 ? '' : `{${each.join(',')}}`
}
