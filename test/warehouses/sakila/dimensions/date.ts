import { date as calendar } from 'starline'
import { date as create } from '../creates/date.ts'

/** One member is one day of 2005 and 2006: from before the first rental until after the last payment. */
export const date = calendar({ create, key: 'date_key', from: '2005-01-01', through: '2006-12-31' })
