"""A dimension of `member` by pygrametl, from MySQL to MySQL:

    pygrametl_dimension.py bulk|scd1|scd2 host port user database-of-the-source database-of-the-target columns history

bulk loads new members alone, in bulk; scd1 overwrites what has changed; scd2 opens a version where a column of `history` has.
"""
import datetime
import json
import os
import sys
import time

import MySQLdb
import MySQLdb.cursors
import pygrametl
from pygrametl.tables import BulkDimension, SlowlyChangingDimension, TypeOneSlowlyChangingDimension

kind, host, port, user, source, target, columns, history = sys.argv[1:9]
columns = columns.split(',')
history = history.split(',')
account = dict(host=host, port=int(port), user=user, passwd=os.environ.get('MYSQL_PWD', ''), charset='utf8mb4', local_infile=1)

begun = time.perf_counter()
reader = MySQLdb.connect(db=source, cursorclass=MySQLdb.cursors.SSDictCursor, **account)
warehouse = MySQLdb.connect(db=target, **account)
pygrametl.ConnectionWrapper(warehouse)


def load(name, attributes, fieldsep, rowsep, nullsubst, file):
    cursor = warehouse.cursor()
    cursor.execute("LOAD DATA LOCAL INFILE '%s' INTO TABLE %s CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x1f (%s)" % (file, name, ', '.join(attributes)))
    cursor.close()


named = dict(name='member_dim', key='member_key', lookupatts=['member_id'])
now = datetime.datetime.now()
if kind == 'bulk':
    dimension = BulkDimension(
        attributes=columns, bulkloader=load, fieldsep='\x1f', nullsubst='\\N', usefilename=True, encoding='utf-8', **named)
    load_row = dimension.ensure
elif kind == 'scd1':
    dimension = TypeOneSlowlyChangingDimension(attributes=columns, cachesize=0, prefill=True, **named)
    load_row = dimension.scdensure
else:
    dimension = SlowlyChangingDimension(
        attributes=columns + ['version', 'valid_from', 'valid_to'], versionatt='version', fromatt='valid_from', toatt='valid_to',
        fromfinder=lambda *_: now, type1atts=[name for name in columns[1:] if name not in history], cachesize=-1, prefill=True, **named)
    load_row = dimension.scdensure
rows = reader.cursor()
rows.execute('SELECT * FROM member')
for row in rows:
    load_row(row)
if kind == 'bulk':
    dimension.endload()
warehouse.commit()
print(json.dumps({'seconds': time.perf_counter() - begun}))
