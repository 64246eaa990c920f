import { transaction } from 'starline'
import { artist, customer, date, employee, track } from '../dimensions/index.ts'
import { sale as source } from '../sources/sale.ts'
import { sale as create } from '../creates/sale.ts'

/** One row is one line of an invoice, with the sales agent of its customer. */
export const sale = transaction({
  source,
  create,
  total: 'amount',
  keys: {
    date_key: { of: date, by: 'invoiced_at', onMissing: 'fail' },
    customer_key: { of: customer, by: 'customer_id', onMissing: 'fail' },
    employee_key: { of: employee, by: 'support_rep_id', onMissing: 'fail' },
    track_key: { of: track, by: 'track_id', onMissing: 'fail' },
    artist_key: { of: artist, by: 'artist_id', onMissing: 'fail' },
  },
})
