import { date as calendar } from 'starline'
import { date as create } from '../creates/date.ts'

/** One member is one day from 2012 through 2017; no source is asked, the days are counted. The fiscal year begins in July. */
export const date = calendar({
  create,
  key: 'date_key',
  from: '2012-01-01',
  through: '2017-12-30',
  fiscalYearStart: 7,
})
