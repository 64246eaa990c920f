import type { Flow } from '../db/flow.ts'

/** Which row of a flow it is, for a person: `row 3`, or `row 3 of those with sale_id 168 to 334`, for the rows of each range are counted from 1 on. */
export const rowName = ({ range }: Pick<Flow, 'range'>, row: number): string => range === undefined ? `row ${row}` : `row ${row} of those with ${range.by} ${range.values}`
