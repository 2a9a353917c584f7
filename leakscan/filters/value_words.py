"""Words that say what a value is worth. Lower-case, one word each."""

from __future__ import annotations

LABEL_WORDS = frozenset(
    b"password passwd passwort passphrase pass pwd pw secret token key api apikey auth authorization authentication "
    b"oauth credential credentials cred access refresh client consumer app application private public user username login "
    b"account id bearer session cookie csrf jwt code pin admin root aws server service encryption signing license "
    b"database db name string value url host email mail".split()
)

SAMPLE_WORDS = frozenset(
    b"my your some any the a an foo bar baz qux example examples sample test tests testing tester dummy fake mock stub "
    b"invalid valid bad good wrong right correct incorrect expected actual unknown missing empty null none default "
    b"change changeme changeit replace insert enter put here goes todo fixme random new old real generated temp tmp "
    b"placeholder redacted hidden masked removed blah bla lorem ipsum xxx yyy zzz abc abcd abcdef xyz asdf qwerty "
    b"first second third one two three not no is of for with and or to in from by this that it be other another".split()
)

COMMON_PASSWORDS = frozenset(
    b"password pass passw0rd p@ssw0rd secret admin root test guest user 1234 12345 123456 1234567 12345678 123456789 "
    b"1234567890 changeme changeit qwerty letmein default welcome password1 password123 admin123 test123 foobar foo bar "
    b"abc123 mysql postgres oracle toor".split()
)

TRIVIAL = frozenset(
    b"password passwd passphrase phrase pass passw pwd secret token key apikey api_key test testing user username foo bar "
    b"foobar string value anonymous example mypassword mypass my_password somepassword some_password yourpassword "
    b"newpassword new_password wrong wrongpassword wrong_password invalid enable disable enabled disabled return "
    b"remove".split()
)
"""What stands for "any password will do" far more often than it is one."""

DEFAULTS = frozenset(b"password passwd pass secret test mypassword".split())
"""Those of them that databases and the like are set up with all the same."""

AMBIGUOUS_VENDORS = frozenset(
    b"adjust agora airship amazon apollo axiom beamer bland bloom box branch brave brevo bubble buddy buffer bunny canvas "
    b"capsule close coda column comet composer confluent consul copper cosmic courier cursor cypress daily delighted "
    b"directus ditto docker drift drip drone dune elastic exact expo fastlane feather fireworks fixer flock fly front "
    b"genius ghost gist glide gradle guardian guru gusto harbor harness harvest heap height here hex hive honeycomb hume "
    b"humanity hunter impact insomnia intercom intervals iterable june knock kong lever line linear litmus looker loops "
    b"make matrix mercury mode modal monday moonshot mural neon neptune nomad notion octopus outline outreach paddle "
    b"particle passwords persona phrase ping pivotal polar polygon postmark puppet radar railway rancher raygun recharge "
    b"redis refiner render replicate resend retool rippling runway scale scrutinizer segment selectel semaphore sentry "
    b"shortcut signal sonar split square squarespace stability stack statuspage steam stream streak stripe tally teleport "
    b"tesla temporal together travis tray user value vault verifier voyage wallet workable writer zoom ethereum bitcoin "
    b"kubernetes openstack openshift jenkins github gitlab bitbucket azure aws google facebook twitter slack discord "
    b"instagram linkedin telegram wordpress".split()
)
"""Names that are words, or of which much is spoken: they count in the name of a value, not elsewhere near by."""

ENVIRONMENTS = frozenset(b"live test prod production dev development sandbox staging".split())

OTHER_NAMES = {
    b"jira": b"atlassian", b"confluence": b"atlassian", b"jfrog": b"artifactory", b"hcloud": b"hetzner",
    b"signalfx": b"splunk", b"elasticsearch": b"elastic", b"kibana": b"elastic", b"influx": b"influxdb",
    b"softlayer": b"ibm", b"cloudant": b"ibm", b"bluemix": b"ibm", b"quandl": b"nasdaqdatalink",
    b"logdna": b"mezmo", b"logtail": b"betterstack", b"jfrogartifactory": b"artifactory",
}  # fmt: skip
"""What vendors' products are called, or were: the vendor's part of its rules' ids."""

NOT_VENDORS = frozenset(
    b"passwords privatekey wallet jwt oauth dotfile webpush url line user verifier mode bitcoin ethereum meta "
    b"django rails laravel symfony aspnet maven rabbitmq openvpn wireguard".split()
)
"""First parts of ids that name a kind, or nothing that a key belongs to."""
