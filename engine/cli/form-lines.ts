import { formWords } from '../etl/flow-form.ts'
import type { FlowForm } from '../etl/flow-form.ts'
import { wrapped } from './words.ts'

/** Whose rows came otherwise than as values in one go, which is the usual way: a line for each way. */
export function formLines(etls: readonly { readonly name: string, readonly flow?: FlowForm | undefined }[], width: number): string[] {
  const usual = formWords({ form: 'values' })
  const came = etls.flatMap(({ name, flow }) => (flow === undefined ? [] : [{ name, words: formWords(flow) }])).filter(({ words }) => words !== usual)
  return [...new Set(came.map(({ words }) => words))].map((words) =>
    wrapped(`${words.slice(0, 1).toUpperCase()}${words.slice(1)}:  `, came.filter((one) => one.words === words).map(({ name }) => name), width))
}
