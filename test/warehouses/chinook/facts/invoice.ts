import { transaction } from 'starline'
import { customer, date, employee } from '../dimensions/index.ts'
import { invoice as source } from '../sources/invoice.ts'
import { invoice as create } from '../creates/invoice.ts'

/** One row is one invoice, as its header says. */
export const invoice = transaction({
  source,
  create,
  total: 'total',
  keys: {
    date_key: { of: date, by: 'invoiced_at', onMissing: 'fail' },
    customer_key: { of: customer, by: 'customer_id', onMissing: 'fail' },
    employee_key: { of: employee, by: 'support_rep_id', onMissing: 'fail' },
  },
})
