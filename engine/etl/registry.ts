import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { Etl, EtlType } from './etl.ts'

/** What is active, and where from and where to: what `defineConfig` checks and freezes. */
export interface Config {
  /** The default source's URL. */
  readonly source: string
  /** Further sources by name: `source('crm', …)`. */
  readonly sources: Readonly<Record<string, string>>
  readonly warehouse: string
  readonly queue: string
  /** The folder of the log files, undefined for none. */
  readonly logs: string | undefined
  readonly publish: PublishMode
  /** How many extracts may read a source at once, by the source's name; `default` is the default source. */
  readonly limits: Readonly<Record<string, number>>
  readonly deadlines: Deadlines
  readonly dimensions: Readonly<Record<string, Etl>>
  readonly facts: Readonly<Record<string, Etl>>
}

/**
 * When what a refresh has loaded goes live: what succeeded, in one atomic step at its end; that, and only where nothing is
 * missing; or each table by itself, as soon as it is loaded.
 */
export type PublishMode = 'together' | 'all-or-nothing' | 'each'

/** Until when something must have happened, in seconds. */
export interface Deadlines {
  /** Until a connection must stand. */
  readonly connectSeconds: number
  /** Without a row from a source, or without progress of a load, until it is an error. */
  readonly idleSeconds: number
  /** For one attempt at an ETL. */
  readonly etlSeconds: number
  /** For all loads of a refresh. */
  readonly refreshSeconds: number
}

/** An active ETL with its name: the name it is listed under. */
export interface Entry {
  readonly type: EtlType
  readonly name: string
  readonly etl: Etl
}

/** The active dimensions, then the active facts, in the order they are listed in. */
export function entriesOf(config: Pick<Config, 'dimensions' | 'facts'>): readonly Entry[] {
  return [...listed('dimension', config.dimensions), ...listed('fact', config.facts)]
}

const listed = (type: EtlType, etls: Readonly<Record<string, Etl>>): Entry[] => Object.entries(etls).map(([name, etl]) => ({ type, name, etl }))

/** What an ETL is called in messages: `dimension product`. */
export const labelOf = ({ type, name }: { readonly type: string; readonly name: string }): string => `${type} ${name}`

/** The active ETL of a type and name. @throws {ConfigurationError} with the nearest name where there is none */
export function findEntry(config: Pick<Config, 'dimensions' | 'facts'>, type: string, name: string): Entry {
  const entries = entriesOf(config)
  const found = entries.find((entry) => entry.type === type && entry.name === name)
  if (found !== undefined) return found
  throw new ConfigurationError(`no active ${type} is called ${JSON.stringify(name)}`, {
    wayOut: nearest(name, entries.filter((entry) => entry.type === type).map((entry) => entry.name)),
  })
}

/** The active ETLs without those not selected or excluded. @throws {ConfigurationError} for a name that isn't active */
export function pick(config: Pick<Config, 'dimensions' | 'facts'>, select: readonly string[], exclude: readonly string[]): readonly Entry[] {
  const entries = entriesOf(config)
  const names = entries.map(({ name }) => name)
  const unknown = [...select, ...exclude].filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new ConfigurationError(`no active dimension or fact is called ${unknown.join(', ')}`, {
      wayOut: nearest(unknown[0] ?? '', names),
    })
  }
  return entries.filter(({ name }) => (select.length === 0 || select.includes(name)) && !exclude.includes(name))
}

function nearest(name: string, names: readonly string[]): string {
  const meant = didYouMean(name, names)
  return meant === undefined ? `active are ${names.join(', ')}` : `did you mean ${meant}?`
}
