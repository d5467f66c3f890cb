package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Settings are what an operator chooses. Each field is a flag and an
// environment variable.
type Settings struct {
	Addr                string         `env:"ORGPBX_ADDR" default:"127.0.0.1:8080" help:"Address to listen on, host:port."`
	DatabaseURL         string         `env:"ORGPBX_DATABASE_URL" default:"sqlite:orgpbx.db" help:"sqlite:FILE, postgres://… or memory: (nothing is kept)."`
	AdminUsername       string         `env:"ADMIN_USERNAME" default:"admin" help:"Name of the platform's administrator."`
	AdminPassword       org.Secret     `env:"ADMIN_PASSWORD" help:"Password of the administrator. Generated and printed at each start when not set."`
	EncryptionKey       org.Secret     `env:"ORGPBX_ENCRYPTION_KEY" help:"32 bytes in base64 that seal trunk passwords. Generated into orgpbx.key when not set."`
	EncryptionKeyOld    org.Secret     `env:"ORGPBX_ENCRYPTION_KEY_OLD" help:"The encryption key before, while keys are changed: opens what it sealed, and seals nothing."`
	PBX                 string         `name:"pbx" env:"ORGPBX_PBX" default:"files" help:"files (write a folder, reload over AMI), live (over AMI alone, no shared disk), or none."`
	AsteriskDir         string         `env:"ORGPBX_ASTERISK_DIR" default:"asterisk-config" help:"Folder for the generated Asterisk configuration."`
	AMIAddr             string         `name:"ami-addr" env:"ORGPBX_AMI_ADDR" help:"Asterisk's manager interface, host:port. Without it files are written and nothing is reloaded."`
	AMIUsername         string         `name:"ami-username" env:"ORGPBX_AMI_USERNAME" help:"User of the manager interface."`
	AMISecret           org.Secret     `name:"ami-secret" env:"ORGPBX_AMI_SECRET" help:"Secret of the manager interface."`
	Nodes               []org.Secret   `name:"nodes" env:"ORGPBX_NODES" help:"Several Asterisks in place of the one of ORGPBX_AMI_ADDR, for ORGPBX_PBX=live, separated by commas: NAME=ami://USER:SECRET@HOST:PORT?cdr_file=FILE&sip_domain=HOST&voicemail_dir=DIR&queue_log_dir=DIR each, where what is behind ? may be left out. Every organisation is on one of them." placeholder:"NODE"`
	HealDrift           bool           `env:"ORGPBX_HEAL_DRIFT" help:"Put back at once what somebody else changed in Asterisk. Otherwise the next deploy does."`
	DriftInterval       time.Duration  `env:"ORGPBX_DRIFT_INTERVAL" default:"1m" help:"How often each organisation is compared with what Asterisk has."`
	DeployWait          time.Duration  `env:"ORGPBX_DEPLOY_WAIT" default:"5s" help:"How long the answer to a change waits for Asterisk. The change is made either way."`
	SIPDomain           string         `name:"sip-domain" env:"ORGPBX_SIP_DOMAIN" default:"127.0.0.1" help:"Host name or address that phones register with. {organization} in it stands for the organisation's context_prefix, such as {organization}.sip.example.com: each then has a name of its own."`
	RecordingsDir       string         `env:"ORGPBX_RECORDINGS_DIR" help:"Folder for recordings, made where it is missing. Without it they are in Asterisk's own folder of monitored calls."`
	RecordingsS3        bucketSettings `embed:"" prefix:"recordings-s3-"`
	CDRFile             string         `name:"cdr-file" env:"ORGPBX_CDR_FILE" help:"File of call records that Asterisk writes, as this server sees it. Without it calls that end while there is no connection to Asterisk are not recorded."`
	CDRInterval         time.Duration  `name:"cdr-interval" env:"ORGPBX_CDR_INTERVAL" default:"1m" help:"How often the file of call records is read, beside after every loss of the connection to Asterisk."`
	UsageInterval       time.Duration  `env:"ORGPBX_USAGE_INTERVAL" default:"5m" help:"How often recordings and voicemail are measured."`
	VoicemailDir        string         `env:"ORGPBX_VOICEMAIL_DIR" help:"Asterisk's folder of mailboxes, <spool>/voicemail, as this server sees it: what is stored there is then part of the usage, and messages are found, exported and erased for data subjects."`
	QueueLogDir         string         `env:"ORGPBX_QUEUE_LOG_DIR" help:"Asterisk's folder of logs, such as /var/log/asterisk, as this server sees it: numbers in its queue_log, and in the older parts beside it, are then found, exported and written over for data subjects. Nothing else there is touched."`
	WebhookAllowPrivate bool           `env:"ORGPBX_WEBHOOK_ALLOW_PRIVATE" help:"Let webhooks lead to http and to private addresses, this machine too. Whoever may set webhooks up can then reach them."`
	SMTPURL             org.Secret     `name:"smtp-url" env:"ORGPBX_SMTP_URL" help:"Mail server for invitations and password resets, smtp://user:password@host:port?from=address (or smtps://). Without it their links are in the API's answers."`
	PublicURL           string         `name:"public-url" env:"ORGPBX_PUBLIC_URL" help:"Where people reach this server, such as https://pbx.example.com: links in mails start with it. The address it listens on when not set."`
	TrustedProxies      []string       `name:"trusted-proxies" env:"ORGPBX_TRUSTED_PROXIES" help:"Addresses or networks of the proxies before this server, separated by commas: their X-Forwarded-For is believed."`
	CORSOrigins         []string       `name:"cors-origins" env:"ORGPBX_CORS_ORIGINS" help:"Pages of other servers that may use the API in a browser, separated by commas, such as https://panel.example.com. Without it none may."`
	RateLimit           float64        `env:"ORGPBX_RATE_LIMIT" default:"100" help:"Requests a second of one address and of one organisation, and five times as many at once; half of it with one API key. 0 for no limit. Tries of passwords have limits of their own."`
	LogFormat           string         `env:"ORGPBX_LOG_FORMAT" default:"text" help:"text or json."`
	WritePrompts        string         `help:"Write the shipped prompts into this folder of sounds, for an Asterisk on another machine, and exit." placeholder:"DIR"`
	Preflight           bool           `help:"Say what Asterisk lacks for --pbx=live, and the bucket of recordings for what it is there for, and exit: with 0 when nothing does."`
	VerifyTrail         bool           `help:"Check the trail of every organisation and of the platform in the database, print the head of each, and exit: with 0 when all are whole."`
	RotateEncryptionKey bool           `help:"Seal everything that ORGPBX_ENCRYPTION_KEY_OLD sealed with ORGPBX_ENCRYPTION_KEY, and exit: with 0 when all is sealed with that. The server may run meanwhile, with both."`
	DryRun              bool           `help:"With --rotate-encryption-key: only count."`
	Fix                 bool           `help:"With --preflight: first install what can be installed over AMI, in Asterisk's own files."`
}

// keyFile is where a generated encryption key is kept.
const keyFile = "orgpbx.key"

// parseSettings reads flags and the environment. Its errors are one line that
// names the setting and never shows a value, which may be a secret.
func parseSettings(args []string, options ...kong.Option) (Settings, error) {
	var s Settings
	options = append(options,
		kong.Name("orgpbx"),
		kong.Description("Organisations, limits and compliance on a multi-tenant Asterisk PBX."),
	)
	parser, err := kong.New(&s, options...)
	if err != nil {
		return Settings{}, err
	}
	if _, err := parser.Parse(args); err != nil {
		return Settings{}, err
	}
	return s, s.check()
}

func (s Settings) check() error {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return errors.New("ORGPBX_ADDR (--addr): must be host:port, such as 127.0.0.1:8080")
	}
	if scheme, rest, _ := strings.Cut(s.DatabaseURL, ":"); !knownDatabase(scheme, rest) {
		return errors.New("ORGPBX_DATABASE_URL (--database-url): must be memory:, sqlite:FILE or postgres://…")
	}
	if err := resource.SIPDomain(s.SIPDomain).Check(); err != nil && s.SIPDomain != "" {
		return fmt.Errorf("ORGPBX_SIP_DOMAIN (--sip-domain): %w", err)
	}
	if s.AdminUsername == "" {
		return errors.New("ADMIN_USERNAME (--admin-username): must not be empty")
	}
	if s.DriftInterval <= 0 {
		return errors.New("ORGPBX_DRIFT_INTERVAL (--drift-interval): must be more than nothing, such as 1m")
	}
	if s.DeployWait <= 0 {
		return errors.New("ORGPBX_DEPLOY_WAIT (--deploy-wait): must be more than nothing, such as 5s")
	}
	if s.CDRInterval <= 0 {
		return errors.New("ORGPBX_CDR_INTERVAL (--cdr-interval): must be more than nothing, such as 1m")
	}
	if s.UsageInterval <= 0 {
		return errors.New("ORGPBX_USAGE_INTERVAL (--usage-interval): must be more than nothing, such as 5m")
	}
	if len(s.AdminPassword) > 0 && len(s.AdminPassword) < 8 {
		return errors.New("ADMIN_PASSWORD (--admin-password): must have at least 8 characters")
	}
	if s.EncryptionKey != "" {
		if _, err := parts.DecodeKey(s.EncryptionKey); err != nil {
			return fmt.Errorf("ORGPBX_ENCRYPTION_KEY (--encryption-key): %w", err)
		}
	}
	if err := s.checkRotation(); err != nil {
		return err
	}
	for _, origin := range s.CORSOrigins {
		if err := httpapi.CheckOrigin(origin); err != nil {
			return fmt.Errorf("ORGPBX_CORS_ORIGINS (--cors-origins): %w", err)
		}
	}
	if _, err := s.guard(); err != nil {
		return err
	}
	if err := s.checkPBX(); err != nil {
		return err
	}
	if err := s.checkBucket(); err != nil {
		return err
	}
	if smtp := s.SMTPURL.Reveal(); smtp != "" && !strings.HasPrefix(smtp, "smtp://") && !strings.HasPrefix(smtp, "smtps://") {
		return errors.New("ORGPBX_SMTP_URL (--smtp-url): must be smtp://… or smtps://…")
	}
	if s.SMTPURL != "" {
		if _, err := newMailer(s.SMTPURL); err != nil {
			return fmt.Errorf("ORGPBX_SMTP_URL (--smtp-url): %w", err)
		}
	}
	if u, err := url.Parse(s.PublicURL); s.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("ORGPBX_PUBLIC_URL (--public-url): must be http:// or https:// and a host")
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		return errors.New("ORGPBX_LOG_FORMAT (--log-format): must be text or json")
	}
	return nil
}

func (s Settings) checkRotation() error {
	if s.EncryptionKeyOld != "" {
		old, err := parts.DecodeKey(s.EncryptionKeyOld)
		if err != nil {
			return fmt.Errorf("ORGPBX_ENCRYPTION_KEY_OLD (--encryption-key-old): %w", err)
		}
		if key, err := parts.DecodeKey(s.EncryptionKey); err == nil && bytes.Equal(key, old) {
			return errors.New("ORGPBX_ENCRYPTION_KEY_OLD (--encryption-key-old): must be another key than ORGPBX_ENCRYPTION_KEY")
		}
	}
	if s.RotateEncryptionKey && (s.EncryptionKey == "" || s.EncryptionKeyOld == "") {
		return errors.New("--rotate-encryption-key: needs ORGPBX_ENCRYPTION_KEY, the new key, and ORGPBX_ENCRYPTION_KEY_OLD, the one before")
	}
	if s.DryRun && !s.RotateEncryptionKey {
		return errors.New("--dry-run: goes with --rotate-encryption-key")
	}
	return nil
}

func (s Settings) checkPBX() error {
	switch s.PBX {
	case "files", "live", "none":
	default:
		return errors.New("ORGPBX_PBX (--pbx): must be files, live or none")
	}
	if s.PBX == "files" && s.AsteriskDir == "" {
		return errors.New("ORGPBX_ASTERISK_DIR (--asterisk-dir): must name a folder")
	}
	if s.PBX == "live" && s.AMIAddr == "" && len(s.Nodes) == 0 {
		return errors.New("ORGPBX_PBX (--pbx): live needs ORGPBX_AMI_ADDR, ORGPBX_AMI_USERNAME and ORGPBX_AMI_SECRET, or ORGPBX_NODES")
	}
	if s.Preflight && s.PBX != "live" && !s.RecordingsS3.set() {
		return errors.New("--preflight: is for ORGPBX_PBX=live (--pbx=live), and for ORGPBX_RECORDINGS_S3_ENDPOINT")
	}
	if s.Fix && (!s.Preflight || s.PBX != "live") {
		return errors.New("--fix: goes with --preflight")
	}
	if s.AMIAddr != "" {
		if _, _, err := net.SplitHostPort(s.AMIAddr); err != nil {
			return errors.New("ORGPBX_AMI_ADDR (--ami-addr): must be host:port, such as 127.0.0.1:5038")
		}
		if s.AMIUsername == "" || s.AMISecret == "" {
			return errors.New("ORGPBX_AMI_ADDR (--ami-addr): needs ORGPBX_AMI_USERNAME and ORGPBX_AMI_SECRET too")
		}
	}
	_, err := s.asterisks()
	return err
}

func knownDatabase(scheme, rest string) bool {
	switch scheme {
	case "sqlite":
		return rest != ""
	case "postgres", "postgresql":
		return strings.HasPrefix(rest, "//")
	case "memory":
		return rest == ""
	default:
		return false
	}
}

// loadKey returns the key of the settings, else the one in dir's key file,
// which it writes at the first start.
func (s Settings) loadKey(dir string) ([]byte, error) {
	if s.EncryptionKey != "" {
		return parts.DecodeKey(s.EncryptionKey)
	}
	path := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(path) //nolint:gosec // a fixed name in the operator's folder
	if errors.Is(err, os.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the encryption key: %w", err)
	}
	key, err := parts.DecodeKey(org.Secret(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// newSealer returns what seals with a key, and opens what the old key of the
// settings sealed too.
func (s Settings) newSealer(key []byte) (*org.Sealer, error) {
	if s.EncryptionKeyOld == "" {
		return org.NewSealer(key)
	}
	old, err := parts.DecodeKey(s.EncryptionKeyOld)
	if err != nil {
		return nil, fmt.Errorf("ORGPBX_ENCRYPTION_KEY_OLD: %w", err)
	}
	return org.NewSealer(key, old)
}

func createKey(path string) ([]byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	// O_EXCL: two servers that start together must not make two keys.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("keep the encryption key: %w", err)
	}
	_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("keep the encryption key: %w", err)
	}
	return key, nil
}
