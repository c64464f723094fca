package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The users of the control plane, each a context of the kubeconfig.
//
//   - admin may do everything;
//   - viewer may read what the ClusterRole view allows: no Secrets, no writes;
//   - patcher may read and patch ConfigMaps, and nothing else;
//   - nobody may do nothing but what every authenticated user may.
var users = []string{"admin", "viewer", "patcher", "nobody"}

// credentials are the files that prove who is who.
type credentials struct {
	// serviceAccounts is the key that signs tokens of service accounts.
	serviceAccounts string
	// tokens is the token file of the API server.
	tokens string
	// certificates is where the API server writes its certificate, which signs itself.
	certificates string
	// kubeconfig of all users.
	kubeconfig string
	byUser     map[string]string
}

// certificate of the API server, which is also its authority.
func (c *credentials) certificate() string { return filepath.Join(c.certificates, "apiserver.crt") }

// writeCredentials makes new keys and tokens, readable for the owner alone.
func writeCredentials(dir string) (*credentials, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := &credentials{
		serviceAccounts: filepath.Join(dir, "service-accounts.key"),
		tokens:          filepath.Join(dir, "tokens.csv"),
		certificates:    filepath.Join(dir, "certificates"),
		kubeconfig:      filepath.Join(dir, "kubeconfig"),
		byUser:          map[string]string{},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(c.serviceAccounts, block, 0o600); err != nil {
		return nil, err
	}
	var lines strings.Builder
	for i, user := range users {
		token := make([]byte, 16)
		if _, err := rand.Read(token); err != nil {
			return nil, err
		}
		c.byUser[user] = hex.EncodeToString(token)
		groups := ""
		if user == "admin" {
			groups = "system:masters"
		}
		fmt.Fprintf(&lines, "%s,%s,%d,%q\n", c.byUser[user], user, i+1, groups)
	}
	return c, os.WriteFile(c.tokens, []byte(lines.String()), 0o600)
}

// writeKubeconfig waits for the certificate and writes the kubeconfig. It returns the configuration of a client of the
// admin that is not slowed down.
func (c *credentials) writeKubeconfig(ctx context.Context, port int) (*rest.Config, error) {
	authority, err := os.ReadFile(c.certificate())
	for err != nil {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
		authority, err = os.ReadFile(c.certificate())
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{
		Server:                   fmt.Sprintf("https://127.0.0.1:%d", port),
		CertificateAuthorityData: authority,
	}
	for _, user := range users {
		config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: c.byUser[user]}
		config.Contexts[user] = &clientcmdapi.Context{Cluster: "test", AuthInfo: user}
	}
	config.CurrentContext = "admin"
	// Whoever sees the file sees it whole.
	unfinished := c.kubeconfig + ".new"
	if err := clientcmd.WriteToFile(*config, unfinished); err != nil {
		return nil, err
	}
	if err := os.Rename(unfinished, c.kubeconfig); err != nil {
		return nil, err
	}
	client, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return nil, err
	}
	client.QPS, client.Burst = 1000, 1000
	return client, nil
}

// grant gives the restricted users what they may do.
func grant(ctx context.Context, clients kubernetes.Interface) error {
	roles := clients.RbacV1()
	patcher := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "ko-patcher"},
		Rules: []rbacv1.PolicyRule{
			{Verbs: []string{"get", "list", "watch", "patch"}, APIGroups: []string{""}, Resources: []string{"configmaps"}},
		},
	}
	if _, err := roles.ClusterRoles().Create(ctx, patcher, metav1.CreateOptions{}); err != nil {
		return err
	}
	for user, role := range map[string]string{"viewer": "view", "patcher": "ko-patcher"} {
		binding := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "ko-" + user},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
		}
		if _, err := roles.ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}
