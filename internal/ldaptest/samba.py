# Makes a domain of Samba in the folder of its first argument, for a test: without the
# rights of root, without a share's access lists, and with LDAP as the only service. The
# second argument is a JSON object: "password" of the administrator, "threshold" of wrong
# passwords, "users" and "groups".
import json
import logging
import os
import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB
import ldb

root, want = sys.argv[1], json.loads(sys.argv[2])
conf = os.path.join(root, "smb.conf")
with open(conf, "w") as f:
    f.write("""[global]
workgroup = CORP
realm = CORP.EXAMPLE.COM
netbios name = DC1
server role = active directory domain controller
private dir = %(r)s/private
state directory = %(r)s/state
cache directory = %(r)s/cache
lock directory = %(r)s/lock
pid directory = %(r)s/run
ncalrpc dir = %(r)s/ncalrpc
binddns dir = %(r)s/bind
winbindd socket directory = %(r)s/winbind
ntp signd socket directory = %(r)s/ntp
interfaces = 127.0.0.10/8
bind interfaces only = yes
server services = ldap
dcerpc endpoint servers =
tls enabled = no
ldap server require strong auth = no
[sysvol]
path = %(r)s/sysvol
[netlogon]
path = %(r)s/sysvol/scripts
""" % {"r": root})
for name in "private state cache lock run ncalrpc bind winbind ntp sysvol/scripts sockets".split():
    os.makedirs(os.path.join(root, name))
lp = LoadParm()
lp.load(conf)
logging.basicConfig(level=logging.ERROR)
made = provision(logging.getLogger("provision"), system_session(), smbconf=conf, lp=lp,
                 realm="CORP.EXAMPLE.COM", domain="CORP", hostname="dc1", hostip="127.0.0.1",
                 adminpass=want["password"], serverrole="active directory domain controller",
                 dns_backend="NONE", dom_for_fun_level=4, skip_sysvolacl=True, batch_mode=True)

db = SamDB(url=os.path.join(root, "private", "sam.ldb"), session_info=system_session(), lp=lp)
head = ldb.Message(ldb.Dn(db, db.domain_dn()))
for name, value in (("minPwdLength", "0"), ("pwdProperties", "0"), ("pwdHistoryLength", "0"), ("minPwdAge", "0"),
                    ("lockoutThreshold", str(want["threshold"]))):
    head[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
db.modify(head)
for user in want["users"] or []:
    db.newuser(user["name"], user["password"], givenname=user["first"] or None,
               surname=user["last"] or None, mailaddress=user["mail"] or None)
    found = db.search(base=db.domain_dn(), expression="(sAMAccountName=%s)" % ldb.binary_encode(user["name"]), attrs=[])
    entry = ldb.Message(found[0].dn)
    for name, value in (user["set"] or {}).items():
        entry[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    if len(entry):
        db.modify(entry)
for group, members in (want["groups"] or {}).items():
    db.newgroup(group)
    db.add_remove_group_members(group, members, add_members_operation=True)
