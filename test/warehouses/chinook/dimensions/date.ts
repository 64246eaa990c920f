import { date as calendar } from 'starline'
import { date as create } from '../creates/date.ts'

/** One member is one day of 2021 to 2025, the years of all invoices. */
export const date = calendar({ create, key: 'date_key', from: '2021-01-01', through: '2025-12-31' })
