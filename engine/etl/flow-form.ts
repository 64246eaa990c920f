import type { AnyFlow } from '../db/flow.ts'
import { isOneProcess, isReadAsBytes } from '../db/open.ts'
import { readJson } from '../publish/read-json.ts'
import { sourceUrl } from './context.ts'
import type { Counts } from './etl.ts'
import type { Config, Entry } from './registry.ts'

/** How the rows of a run came. */
export interface FlowForm {
  /**
   * `values`: read, and looked at one by one. `bytes`: read and passed on as they came, but for what lookups and checks look at.
   * `relation`: the warehouse has read them itself, so they never left its server.
   */
  readonly form: 'values' | 'bytes' | 'relation'
  /** In so many ranges side by side, where it was more than one. */
  readonly ranges?: number
  /** Other workers, or threads, that have loaded some of them, and how many each. */
  readonly helped?: Readonly<Record<string, number>>
  /** Why they came so and not in fewer steps, where there was a choice. */
  readonly why?: string
}

/** In which form a flow's rows come. */
const formNameOf = ({ rows: { form } }: AnyFlow): FlowForm['form'] => (form === 'batches' ? 'values' : form)

/** How a flow's rows come; `why` says why they are read, where that is known, and `again` that they were not taken at first. */
export function flowFormOf(flow: AnyFlow, entry: Entry, config: Config, { why, again = false }: { readonly why?: string | undefined; readonly again?: boolean } = {}): FlowForm {
  const form = formNameOf(flow)
  const ranges = 'others' in flow && flow.others !== undefined ? 1 + flow.others.length : undefined
  const reasons = [why, form === 'relation' ? undefined : whyValues(entry, config), ranges === undefined ? whyNoRanges(entry, config, form, again) : undefined].filter((reason) => reason !== undefined)
  return { form, ...ranges !== undefined && { ranges }, ...reasons.length > 0 && { why: reasons.join('; ') } }
}

/** Why rows whose source names ranges came in none. */
function whyNoRanges(entry: Entry, config: Config, form: FlowForm['form'], again: boolean): string | undefined {
  const { ranges } = entry.etl.source
  if (ranges === undefined) return undefined
  if (form === 'relation') return 'in one go: the warehouse reads them by one statement'
  return whyInOneGo(entry, config) ?? (again ? 'in one go: they are read after all, or once more' : `in one go: ${ranges.by} has too few values to split`)
}

/** Why rows that could come as bytes come as values. */
export const whyValues = ({ etl: { source, takesBytes } }: Entry, config: Config): string | undefined =>
  takesBytes || source.standsAlone || !isReadAsBytes(sourceUrl(config, source.from)) ? undefined : 'its transform looks at every row'

/** Why a source that names ranges is read in one go. */
export function whyInOneGo({ etl }: Entry, config: Config): string | undefined {
  if (etl.source.ranges === undefined) return undefined
  if (!etl.takesRanges) return `in one go: ${etl.type === 'dimension' ? 'only facts are read in ranges' : 'rows that are set aside are known by their number'}`
  return isOneProcess(config.warehouse) ? 'in one go: its warehouse is one process' : undefined
}

const WORDS: Readonly<Record<FlowForm['form'], string>> = { values: 'read as values', bytes: 'read as bytes', relation: 'read by the warehouse itself' }

/** For a person: `read as bytes in 4 ranges`. */
export const formWords = ({ form, ranges, helped }: FlowForm): string =>
  `${WORDS[form]}${ranges === undefined ? '' : ` in ${ranges} ranges`}${helped === undefined ? '' : `, ${Object.values(helped).reduce((sum, each) => sum + each, 0)} of them by others`}`

/** What a run leaves in the ledger of what it did. */
interface Detail {
  readonly counts: Counts
  /** Unknown of runs of an earlier version. */
  readonly flow?: FlowForm
  /** The create that made the table, in short: unknown of such runs as well. */
  readonly create?: string
}

/** As one text, which an earlier version reads as well. */
export const detailText = ({ counts, flow, create }: Detail): string => JSON.stringify({ ...counts, flow, create })

const knownIn = (text: string | null | undefined): Partial<Detail> | undefined => readJson(text === '' ? 'null' : text) as Partial<Detail> | undefined

/** How the rows came, where that is known: a row that was damaged by hand tells nothing. */
export const flowIn = (text: string): FlowForm | undefined => knownIn(text)?.flow

/** The create that made the table, where that is known. */
export const createIn = (text: string | null | undefined): string | undefined => knownIn(text)?.create

export function detailIn(text: string): Detail {
  const { flow, create, ...counts } = JSON.parse(text) as Counts & Omit<Detail, 'counts'>
  return { counts, ...flow !== undefined && { flow }, ...create !== undefined && { create } }
}
