import { transaction } from 'starline'
import { customer, date, film, staff, store } from '../dimensions/index.ts'
import { payment as source } from '../sources/payment.ts'
import { payment as create } from '../creates/payment.ts'

/** One row is one payment; where it is for no rental, film and store are unknown. */
export const payment = transaction({
  source,
  create,
  total: 'amount',
  keys: {
    payment_date_key: { of: date, by: 'paid_at', onMissing: 'fail' },
    customer_key: { of: customer, by: 'customer_id', asOf: 'paid_at', onMissing: 'fail' },
    film_key: { of: film, by: 'film_id' },
    store_key: { of: store, by: 'store_id' },
    staff_key: { of: staff, by: 'staff_id', onMissing: 'fail' },
  },
})
